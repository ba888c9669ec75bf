package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelTimeoutTest {
    @TempDir
    Path root;

    @Test
    void nothingConfiguredIsTheKernelsDefault() {
        assertThat(KernelTimeout.configured(root)).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void theBlueprintsModprobeLineIsRead() throws IOException {
        Path modprobe = Files.createDirectories(root.resolve("etc/modprobe.d"));
        Files.writeString(modprobe.resolve("ecryptfs.conf"), "options ecryptfs ecryptfs_message_wait_timeout=3600\n");

        assertThat(KernelTimeout.configured(root)).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void theDeadlineLiesBelowTheTimeoutAndNeverAboveThirtySeconds() {
        assertThat(KernelTimeout.deadlineBelow(Duration.ofSeconds(3))).isEqualTo(Duration.ofMillis(2500));
        assertThat(KernelTimeout.deadlineBelow(Duration.ofSeconds(1))).isEqualTo(Duration.ofMillis(500));
        assertThat(KernelTimeout.deadlineBelow(Duration.ofSeconds(20))).isEqualTo(Duration.ofSeconds(18));
        assertThat(KernelTimeout.deadlineBelow(Duration.ofHours(1))).isEqualTo(Duration.ofSeconds(30));
    }
}
