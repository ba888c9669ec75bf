package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What boots and confines the daemon, as far as it can be checked without booting; the rest is the scenario boot.sh. */
@Tag("dist")
class BootFilesTest {
    private static final Path PACKAGING =
            Path.of(System.getProperty("repository.root")).resolve("packaging");

    @TempDir
    Path work;

    record Ran(int code, String output) {}

    @Test
    void theSelinuxModuleCompiles() throws Exception {
        try (Stream<Path> sources = Files.list(PACKAGING.resolve("security/selinux"))) {
            for (Path source : sources.toList()) {
                Files.copy(source, work.resolve(source.getFileName()));
            }
        }

        Ran made = run(work, "make", "-f", "/usr/share/selinux/devel/Makefile", "ecryptfsj.pp");

        assertThat(made.code()).as(made.output()).isZero();
        assertThat(work.resolve("ecryptfsj.pp")).isNotEmptyFile();
    }

    @Test
    void theAppArmorProfileIsValid() throws Exception {
        Ran parsed = run(
                work,
                "/usr/sbin/apparmor_parser",
                "--skip-kernel-load",
                "--skip-cache",
                PACKAGING.resolve("security/apparmor.d/ecryptfsd").toString());

        assertThat(parsed.code()).as(parsed.output()).isZero();
    }

    @Test
    void theDaemonsUnitIsRatedWellConfined() throws Exception {
        // systemd rates from 0 (shut in) to 10 (nothing forbidden); the threshold is in tenths.
        Ran rated = run(
                work,
                "systemd-analyze",
                "security",
                "--offline=true",
                "--threshold=30",
                PACKAGING.resolve("boot/systemd/ecryptfsd.service").toString());

        assertThat(rated.code()).as(rated.output()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ecryptfsd", "ecryptfs-tpm-mount", "encrypted-swap"})
    void aServiceHasAnInitScriptAUnitAndSettingsOfTheSameName(String name) throws Exception {
        String script = Files.readString(PACKAGING.resolve("boot/init.d").resolve(name));

        assertThat(script)
                .contains("# Provides:          " + name + "\n")
                .containsPattern("# chkconfig: [0-9]+ [0-9]{2} [0-9]{2}\n")
                .contains(
                        "# Required-Start:",
                        "# Required-Stop:",
                        "# Default-Start:",
                        "# Default-Stop:",
                        "# Short-Description:");
        assertThat(PACKAGING.resolve("boot/systemd").resolve(name + ".service")).isNotEmptyFile();
        assertThat(PACKAGING.resolve("boot/default").resolve(name)).isNotEmptyFile();
    }

    private static Ran run(Path directory, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        try (InputStream stream = process.getInputStream()) {
            String output = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return new Ran(process.waitFor(), output);
        }
    }
}
