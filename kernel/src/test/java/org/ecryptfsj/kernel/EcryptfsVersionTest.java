package org.ecryptfsj.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ecryptfsj.kernel.EcryptfsVersion.Feature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EcryptfsVersionTest {
    @TempDir
    Path directory;

    /** 375 is what Linux 6.1 shows. */
    @Test
    void aCurrentKernelHasAllFeaturesButPolicyHmacAndGcm() throws Exception {
        EcryptfsVersion version = EcryptfsVersion.read(file("375\n")).orElseThrow();

        assertThat(version.mask()).isEqualTo(375);
        assertThat(Feature.values())
                .filteredOn(feature -> !version.has(feature))
                .containsExactlyInAnyOrder(Feature.POLICY, Feature.HMAC, Feature.GCM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "0x177\n", "-1\n", "99999999999\n", "375 and more\n"})
    void aFileThatIsNotOneNumberIsAnError(String content) throws Exception {
        Path file = file(content);

        assertThatThrownBy(() -> EcryptfsVersion.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version mask");
    }

    @Test
    void aKernelWithoutTheModuleHasNoVersion() throws Exception {
        assertThat(EcryptfsVersion.current(directory.resolve("none"), List.of("/bin/true")))
                .isEmpty();
    }

    @Test
    void theLoaderRunsIfTheModuleIsMissing() throws Exception {
        Path file = directory.resolve("version");

        assertThat(EcryptfsVersion.current(file, List.of("/bin/sh", "-c", "echo 375 > " + file)))
                .contains(new EcryptfsVersion(375));
    }

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("version"), content);
    }
}
