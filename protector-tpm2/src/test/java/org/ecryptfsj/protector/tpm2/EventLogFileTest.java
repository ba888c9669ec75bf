package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.protector.tpm2.eventlog.EventLog;
import org.ecryptfsj.protector.tpm2.eventlog.GoldenLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log is found where the kernel shows it; without one that can be read there is none. */
class EventLogFileTest {
    @TempDir
    private Path security;

    @Test
    void theLogOfTheTpmIsRead() throws IOException {
        write("tpm1", GoldenLog.SECURE_BOOT.bytes());

        assertThat(read("device:/dev/tpmrm1")).isEqualTo(GoldenLog.SECURE_BOOT.parsed());
        assertThat(read("device:/dev/tpm1")).isEqualTo(GoldenLog.SECURE_BOOT.parsed());
    }

    @Test
    void aTpmWithoutALogHasNone() throws IOException {
        write("tpm1", GoldenLog.SECURE_BOOT.bytes());

        assertThat(read("device:/dev/tpmrm0")).isNull();
        assertThat(read("device:/dev/other")).isNull();
        assertThat(read("swtpm:path=/run/tpm1")).isNull();
    }

    @Test
    void whatIsNoLogIsNotUsed() throws IOException {
        write("tpm0", new byte[] {1, 2, 3});
        write("tpm1", new byte[EventLog.MAX_BYTES + 1]);

        assertThat(read("device:/dev/tpmrm0")).isNull();
        assertThat(read("device:/dev/tpmrm1")).isNull();
    }

    private EventLog read(String address) {
        return new EventLogFile(security)
                .read(TpmAddress.parse(address).orElseThrow())
                .orElse(null);
    }

    private void write(String tpm, byte[] log) throws IOException {
        Path directory = Files.createDirectories(security.resolve(tpm));
        Files.write(directory.resolve("binary_bios_measurements"), log);
    }
}
