package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ecryptfs-rekey over ten thousand files of the kernel's, killed at later and later moments until a run completes. */
@Tag("dist")
class RekeyKillTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));
    private static final int COPIES = 1430;
    private static final int FILES = 7 * COPIES;
    private static final String OLD_KEY = "d395309aaad4de06";
    private static final int FIRST_KILL_MILLIS = 1000;
    private static final double LONGER_EACH_TIME = 1.5;
    private static final int CHECKED_EVERY = 3;
    private static final int MAX_RUNS = 20;

    @TempDir
    Path directory;

    private Path tree;
    private Path oldPassphrase;
    private Path newPassphrase;

    @BeforeEach
    void makeTree() throws Exception {
        Path trees = ROOT.resolve("lower/src/test/resources/org/ecryptfsj/lower/lower-trees.tgz");
        assertThat(new ProcessBuilder("tar", "xzf", trees.toString(), "-C", directory.toString())
                        .start()
                        .waitFor())
                .isZero();
        oldPassphrase = passphrase("old", "test");
        newPassphrase = passphrase("new", "another one");
        tree = Files.createDirectory(directory.resolve("tree"));
        List<Path> golden;
        try (Stream<Path> all = Files.walk(directory.resolve("aes-16-plain"))) {
            golden = all.filter(Files::isRegularFile).toList();
        }
        for (int copy = 0; copy < COPIES; copy++) {
            Path into = Files.createDirectory(tree.resolve("copy" + copy));
            for (Path file : golden) {
                Files.copy(file, into.resolve(file.getFileName()));
            }
        }
    }

    private Path passphrase(String name, String passphrase) throws IOException {
        Path file = Files.writeString(directory.resolve(name), "passphrase_passwd=" + passphrase + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void eachFileOpensAfterEachKillAndTheLastRunCompletes() throws Exception {
        int killed = 0;
        while (wasKilled((int) (FIRST_KILL_MILLIS * Math.pow(LONGER_EACH_TIME, killed)))) {
            killed++;
            assertThat(killed).isLessThan(MAX_RUNS);
            if (killed % CHECKED_EVERY == 0) {
                check("--key", "passphrase:passphrase_passwd_file=" + oldPassphrase);
            }
        }

        assertThat(killed).isGreaterThan(1);
        assertThat(check()).contains(FILES + " files read").doesNotContain("under key " + OLD_KEY);
    }

    /** Runs it for at most that time. */
    private boolean wasKilled(int millis) throws Exception {
        Process process = start(
                "ecryptfs-rekey",
                "--passphrase-file",
                oldPassphrase.toString(),
                "--add-passphrase-file",
                newPassphrase.toString(),
                "--drop",
                OLD_KEY,
                tree.toString());
        if (process.waitFor(millis, TimeUnit.MILLISECONDS)) {
            assertThat(process.exitValue())
                    .as(Files.readString(directory.resolve("log")))
                    .isZero();
            return false;
        }
        process.destroyForcibly().waitFor();
        return true;
    }

    /** Reads all files with the new key and those given; fails if one does not open, or has wrong contents. */
    private String check(String... keys) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(keys));
        arguments.addAll(List.of("--passphrase-file", newPassphrase.toString(), "--read", tree.toString()));
        Process process = start("ecryptfs-check", arguments.toArray(new String[0]));
        int code = process.waitFor();
        String report = Files.readString(directory.resolve("log"));
        assertThat(code).as(report).isZero();
        return report;
    }

    private Process start(String command, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                ROOT.resolve("packaging/target/dist/bin").resolve(command).toString()));
        line.addAll(List.of(arguments));
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }
}
