package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleOptionsTest {
    private static final String TIMEOUT = "ecryptfs_message_wait_timeout";

    @TempDir
    private Path root;

    @Test
    void nobodySetsAnything() {
        ModuleOptions options = ModuleOptions.of(root);

        assertThat(options.number(TIMEOUT)).isEmpty();
        assertThat(options.forbidding()).isEmpty();
        assertThat(options.unread()).isEmpty();
    }

    @Test
    void theBlueprintsLineIsRead() throws IOException {
        file("/etc/modprobe.d/ecryptfs.conf", "# one hour\noptions ecryptfs " + TIMEOUT + "=3600\n");

        assertThat(ModuleOptions.of(root).number(TIMEOUT)).hasValue(3600);
    }

    @Test
    void theLastFileWinsAndCommentsAndOtherModulesDoNotCount() throws IOException {
        file("/lib/modprobe.d/z.conf", "options ecryptfs " + TIMEOUT + "=9\n");
        file("/etc/modprobe.d/a.conf", "options ecryptfs ecryptfs_message_buf_len=64 " + TIMEOUT + "=10\n");
        file("/etc/modprobe.d/b.conf", "#options ecryptfs " + TIMEOUT + "=11\noptions other " + TIMEOUT + "=12\n");
        file("/etc/modprobe.d/c.txt", "options ecryptfs " + TIMEOUT + "=13\n");

        assertThat(ModuleOptions.of(root).number(TIMEOUT)).hasValue(10);
        assertThat(ModuleOptions.of(root).number("ecryptfs_message_buf_len")).hasValue(64);
    }

    @Test
    void theKernelsCommandLineIsReadAndModprobeGoesBeforeIt() throws IOException {
        file("/proc/cmdline", "quiet ecryptfs." + TIMEOUT + "=20 ro\n");

        assertThat(ModuleOptions.of(root).number(TIMEOUT)).hasValue(20);

        file("/etc/modprobe.d/a.conf", "options ecryptfs " + TIMEOUT + "=10\n");
        assertThat(ModuleOptions.of(root).number(TIMEOUT)).hasValue(10);
    }

    @Test
    void aLineThatForbidsTheModuleIsNamedAsTheMachineNamesIt() throws IOException {
        file("/etc/modprobe.d/no.conf", "install other /bin/true\ninstall ecryptfs /bin/false\n");

        assertThat(ModuleOptions.of(root).forbidding())
                .contains(new ModuleOptions.Line("/etc/modprobe.d/no.conf", "install ecryptfs /bin/false"));
    }

    @Test
    void whatCannotBeReadIsToldAndTheRestCounts() throws IOException {
        file("/etc/modprobe.d/a.conf", "options ecryptfs " + TIMEOUT + "=10\n");
        Files.createDirectories(root.resolve("etc/modprobe.d/b.conf"));

        assertThat(ModuleOptions.of(root).unread()).hasSize(1);
        assertThat(ModuleOptions.of(root).number(TIMEOUT)).hasValue(10);
    }

    private void file(String path, String text) throws IOException {
        Path file = root.resolve(path.substring(1));
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
