package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelFeaturesTest {
    @TempDir
    Path directory;

    private Path fileSystems;

    @BeforeEach
    void aPlaceForTheList() {
        fileSystems = directory.resolve("filesystems");
    }

    @Test
    void theVersionThatTheKernelShowsIsTaken() throws Exception {
        EcryptfsVersion version = new EcryptfsVersion(375);

        assertThat(KernelFeatures.fromVersion(Optional.of(version), fileSystems))
                .isEqualTo(version);
    }

    @Test
    void withoutAVersionTheKernelCanDoPassphrasesAtLeast() throws Exception {
        Files.writeString(fileSystems, "nodev\tproc\n\text4\nnodev\tecryptfs\n");

        assertThat(KernelFeatures.fromVersion(Optional.empty(), fileSystems)).isEqualTo(new EcryptfsVersion(1));
    }

    @Test
    void withoutEcryptfsThereIsNoMount() throws Exception {
        Files.writeString(fileSystems, "nodev\tproc\n\text4\n");

        assertThatThrownBy(() -> KernelFeatures.fromVersion(Optional.empty(), fileSystems))
                .hasMessageContaining("has no eCryptfs");
        assertThatThrownBy(() -> KernelFeatures.fromVersion(Optional.empty(), directory.resolve("none")))
                .hasMessageContaining("has no eCryptfs");
    }
}
