package org.ecryptfsj.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelTimeoutTest {
    @TempDir
    private Path root;

    @Test
    void withoutConfigurationTheKernelsDefaultIsShown() throws IOException {
        installModprobe();

        assertThat(KernelTimeout.describe(root))
                .containsEntry("configured_s", 3L)
                .containsEntry("set_by", "the kernel's default");
    }

    @Test
    void aConfiguredTimeoutIsShownWithANoteAboutTheCommandLine() throws IOException {
        installModprobe();
        Path modprobe = Files.createDirectories(root.resolve("etc/modprobe.d"));
        Files.writeString(modprobe.resolve("ecryptfs.conf"), "options ecryptfs ecryptfs_message_wait_timeout=3600\n");

        assertThat(KernelTimeout.describe(root))
                .containsEntry("configured_s", 3600L)
                .containsEntry("set_by", "modprobe.d")
                .hasEntrySatisfying("note", note -> assertThat(note.toString()).contains("modprobe's command line"));
    }

    @Test
    void withoutModprobeTheTimeoutIsUnknown() {
        assertThat(KernelTimeout.describe(root))
                .containsEntry("configured_s", "unknown")
                .hasEntrySatisfying("note", note -> assertThat(note.toString()).contains("modprobe is not installed"));
    }

    private void installModprobe() throws IOException {
        String installed = Stream.of("/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe", "/usr/bin/modprobe")
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("this test needs modprobe (apt-get install kmod)"));
        Files.createDirectories(root.resolve("sbin"));
        Files.createSymbolicLink(root.resolve("sbin/modprobe"), Path.of(installed));
    }
}
