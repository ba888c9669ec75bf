package org.ecryptfsj.tools.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.tools.machine.Machine.ProcessInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
    private static final ProcessInfo SELF =
            new ProcessInfo(Math.toIntExact(ProcessHandle.current().pid()), "java", "java", 'S', 1);

    @TempDir
    private Path directory;

    @Test
    void whoHoldsAFileHoldsItByWhateverDirectory() throws Exception {
        Path device = Files.createFile(directory.resolve("ecryptfs"));
        Path gone = Files.createLink(
                Files.createDirectory(directory.resolve("gone")).resolve("ecryptfs"), device);
        Path another = Files.createFile(
                Files.createDirectory(directory.resolve("another")).resolve("ecryptfs"));

        try (InputStream held = Files.newInputStream(gone)) {
            assertThat(held.available()).isZero();
            assertThat(Machine.running().holds(SELF, gone.toString())).isTrue();
            assertThat(Machine.running().holds(SELF, device.toString())).isTrue();
            assertThat(Machine.running().holds(SELF, another.toString())).isFalse();
        }
        assertThat(Machine.running().holds(SELF, device.toString())).isFalse();
    }

    @Test
    void aProcessUsesADirectoryInWhichItHasAFileOpen() throws Exception {
        Path file = Files.createFile(
                Files.createDirectory(directory.resolve("used")).resolve("file"));
        String similar = Files.createDirectory(directory.resolve("use")).toString();

        try (InputStream held = Files.newInputStream(file)) {
            assertThat(held.available()).isZero();
            assertThat(Machine.running().uses(SELF, file.getParent().toString()))
                    .isTrue();
            assertThat(Machine.running().uses(SELF, similar)).isFalse();
        }
        assertThat(Machine.running().uses(SELF, file.getParent().toString())).isFalse();
    }
}
