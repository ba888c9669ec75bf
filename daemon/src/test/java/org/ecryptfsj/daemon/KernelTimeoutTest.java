package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelTimeoutTest {
    @TempDir
    Path etc;

    private Duration configured() {
        return KernelTimeout.configured(List.of(etc.resolve("none"), etc), etc.resolve("cmdline"));
    }

    @Test
    void nothingConfiguredIsTheKernelsDefault() {
        assertThat(configured()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void theBlueprintsModprobeLineIsRead() throws IOException {
        Files.writeString(
                etc.resolve("ecryptfs.conf"), "# one hour\noptions ecryptfs ecryptfs_message_wait_timeout=3600\n");

        assertThat(configured()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void theLastFileWinsAndCommentsAndOtherModulesDoNotCount() throws IOException {
        Files.writeString(
                etc.resolve("a.conf"),
                "options ecryptfs ecryptfs_message_buf_len=64 ecryptfs_message_wait_timeout=10\n");
        Files.writeString(
                etc.resolve("b.conf"),
                "#options ecryptfs ecryptfs_message_wait_timeout=11\noptions other ecryptfs_message_wait_timeout=12\n");
        Files.writeString(etc.resolve("c.txt"), "options ecryptfs ecryptfs_message_wait_timeout=13\n");

        assertThat(configured()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void theKernelsCommandLineIsRead() throws IOException {
        Files.writeString(etc.resolve("cmdline"), "quiet ecryptfs.ecryptfs_message_wait_timeout=20 ro\n");

        assertThat(configured()).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void theDeadlineLiesBelowTheTimeoutAndNeverAboveThirtySeconds() {
        assertThat(KernelTimeout.deadlineBelow(Duration.ofSeconds(3))).isEqualTo(Duration.ofMillis(2500));
        assertThat(KernelTimeout.deadlineBelow(Duration.ofSeconds(1))).isEqualTo(Duration.ofMillis(500));
        assertThat(KernelTimeout.deadlineBelow(Duration.ofSeconds(20))).isEqualTo(Duration.ofSeconds(18));
        assertThat(KernelTimeout.deadlineBelow(Duration.ofHours(1))).isEqualTo(Duration.ofSeconds(30));
    }
}
