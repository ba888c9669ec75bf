package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The micro-VM refuses a machine that cannot be, before it starts or downloads anything. */
class MicroVmOptionsTest {
    private static final Path MICROVM = Path.of(System.getProperty("repository.root"), "packaging/microvm/microvm");
    private static final int COULD_NOT_BE_STARTED = 125;

    @ParameterizedTest
    @CsvSource({
        "--tpm-device crb, a TPM 1.2 has no such interface; add --tpm-version 2",
        "--tpm-version 2 --tpm-device spi, --tpm-device spi: tis or crb is needed",
        "--kernel 2.6, --kernel 2.6: one of these is needed: 6.1",
        "--firmware coreboot, --firmware coreboot: seabios or ovmf is needed",
        "--uki, only UEFI boots it; add --firmware ovmf",
    })
    void aMachineThatCannotBeIsRefused(String options, String reason) throws Exception {
        List<String> command = new ArrayList<>(List.of(MICROVM.toString(), "run"));
        command.addAll(List.of(options.split(" ")));
        command.add("tests/vm/tpm2.sh");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(COULD_NOT_BE_STARTED);
        assertThat(output).contains(reason);
    }
}
