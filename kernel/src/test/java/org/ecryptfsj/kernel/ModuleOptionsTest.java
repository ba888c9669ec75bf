package org.ecryptfsj.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the installed modprobe says about machines made of files. */
class ModuleOptionsTest {
    private static final String TIMEOUT = "ecryptfs_message_wait_timeout";
    private static final String[] INSTALLED = {
        "/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe", "/usr/bin/modprobe"
    };

    @TempDir
    private Path root;

    @BeforeEach
    void aMachineWithModprobe() throws IOException {
        Path program = root.resolve("sbin/modprobe");
        Files.createDirectories(program.getParent());
        Files.createSymbolicLink(program, modprobe());
    }

    private static Path modprobe() {
        for (String path : INSTALLED) {
            if (Files.isExecutable(Path.of(path))) {
                return Path.of(path);
            }
        }
        throw new AssertionError("this test needs modprobe (apt-get install kmod)");
    }

    @Test
    void withoutConfigurationNoOptionIsSet() throws IOException {
        ModuleOptions options = ModuleOptions.of(root);

        assertThat(options.number(TIMEOUT)).isEmpty();
        assertThat(options.forbidding()).isEmpty();
        assertThat(options.complaints()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"dir-order,3", "masked,", "continued,7"})
    void filesAreMergedAsModprobeDoes(String machine, Long expected) throws Exception {
        copy(Path.of(ModuleOptionsTest.class.getResource("/modprobe/" + machine).toURI()));

        assertThat(ModuleOptions.of(root).number(TIMEOUT))
                .isEqualTo(expected == null ? OptionalLong.empty() : OptionalLong.of(expected));
    }

    private void copy(Path tree) throws IOException {
        try (var files = Files.walk(tree)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = root.resolve(tree.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    @Test
    void theBlueprintsLineIsRead() throws IOException {
        file("/etc/modprobe.d/ecryptfs.conf", "# one hour\noptions ecryptfs " + TIMEOUT + "=3600\n");

        assertThat(ModuleOptions.of(root).number(TIMEOUT)).hasValue(3600);
    }

    @Test
    void commentsAndOtherModulesAndOtherFilesAreIgnored() throws IOException {
        file("/etc/modprobe.d/a.conf", "options ecryptfs ecryptfs_message_buf_len=64 " + TIMEOUT + "=10\n");
        file("/etc/modprobe.d/b.conf", "#options ecryptfs " + TIMEOUT + "=11\noptions other " + TIMEOUT + "=12\n");
        file("/etc/modprobe.d/c.txt", "options ecryptfs " + TIMEOUT + "=13\n");
        file("/etc/modprobe.d/d.conf", "options ecryptfs not_" + TIMEOUT + "=14\n");

        assertThat(ModuleOptions.of(root).number(TIMEOUT)).hasValue(10);
        assertThat(ModuleOptions.of(root).number("ecryptfs_message_buf_len")).hasValue(64);
    }

    @Test
    void theKernelsCommandLineOverridesFiles() throws IOException {
        file("/etc/modprobe.d/a.conf", "options ecryptfs " + TIMEOUT + "=10\n");
        file("/cmdline", "quiet ecryptfs." + TIMEOUT + "=20 ro\n");
        String asIfBootedSo = "mount --bind " + root + "/cmdline /proc/cmdline && exec " + modprobe()
                + " --showconfig --config=" + root + "/etc/modprobe.d";

        ModuleOptions options = ModuleOptions.of(
                List.of("/usr/bin/unshare", "--map-root-user", "--mount", "/bin/sh", "-c", asIfBootedSo));

        assertThat(options.number(TIMEOUT)).hasValue(20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "install ecryptfs /bin/false",
                "install ecryptfs /usr/bin/true",
                "install ecryptfs /bin/false # no"
            })
    void aLineThatDisablesTheModuleIsFound(String line) throws IOException {
        file("/etc/modprobe.d/no.conf", "install other /bin/true\n" + line + "\n");

        assertThat(ModuleOptions.of(root).forbidding()).contains(line);
    }

    @Test
    void complaintsOfModprobeAreKeptAndOtherLinesUsed() throws IOException {
        file("/etc/modprobe.d/a.conf", "options ecryptfs " + TIMEOUT + "=10\n");
        file("/etc/modprobe.d/b.conf", "optoins ecryptfs " + TIMEOUT + "=11\n");

        ModuleOptions options = ModuleOptions.of(root);

        assertThat(options.complaints()).singleElement().asString().contains("b.conf");
        assertThat(options.number(TIMEOUT)).hasValue(10);
    }

    @Test
    void withoutModprobeTheOptionsAreUnknown() throws IOException {
        file("/etc/modprobe.d/a.conf", "options ecryptfs " + TIMEOUT + "=10\n");
        Files.delete(root.resolve("sbin/modprobe"));

        assertThatThrownBy(() -> ModuleOptions.of(root))
                .isInstanceOf(ModprobeException.class)
                .hasMessageContaining("not installed");
    }

    @Test
    void aModprobeWithoutShowconfigIsAnError() throws IOException {
        Files.delete(root.resolve("sbin/modprobe"));
        file("/sbin/modprobe", "#!/bin/sh\necho \"modprobe: unrecognized option '$1'\" >&2\nexit 1\n");
        Files.setPosixFilePermissions(root.resolve("sbin/modprobe"), PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThatThrownBy(() -> ModuleOptions.of(root))
                .isInstanceOf(ModprobeException.class)
                .hasMessageContaining("unrecognized option '--showconfig'");
    }

    private void file(String path, String text) throws IOException {
        Path file = root.resolve(path.substring(1));
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
