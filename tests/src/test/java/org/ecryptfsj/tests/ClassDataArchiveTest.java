package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The JVM's class-data archives hold what commands load (packaging/launcher/archive). One class that is missing there makes a
 * command open all jars, which takes a fifth of its start. Classes compiled for Java 5 are stored there without having been
 * verified, and verified by each command anew, which takes a tenth.
 */
@Tag("dist")
@EnabledOnJre(value = JRE.JAVA_17, disabledReason = "other JVMs leave other classes out of an archive")
class ClassDataArchiveTest {
    private static final Path BIN =
            Path.of(System.getProperty("repository.root")).resolve("packaging/target/dist/bin");
    private static final String MISSING = "/nonexistent/ecryptfsj";
    private static final String VERIFICATION = "Start class verification for: ";

    @TempDir
    Path directory;

    @ParameterizedTest
    @MethodSource("commands")
    void aCommandLoadsNoClassFromAJar(String command) throws Exception {
        List<String> loaded = logOf(command, "class+load");

        assertThat(loaded).as("classes that the JVM loaded").hasSizeGreaterThan(400);
        assertThat(loaded).filteredOn(line -> line.contains("source: file:")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aCommandVerifiesNoClassOfALibrary(String command) throws Exception {
        List<String> log = logOf(command, "class+init");

        assertThat(log).as("what the JVM logged of classes").isNotEmpty();
        assertThat(log)
                .filteredOn(line -> line.contains(VERIFICATION))
                .map(line -> line.substring(line.indexOf(VERIFICATION) + VERIFICATION.length()))
                // Proxies are made by each command.
                .filteredOn(name -> !name.startsWith("jdk.proxy") && !name.startsWith("com.sun.proxy"))
                .isEmpty();
    }

    private static List<String> commands() {
        return List.of(
                "ecryptfs-stat --version",
                "ecryptfs-stat " + MISSING,
                "ecryptfs-cat " + MISSING,
                "ecryptfs-key show " + MISSING,
                "ecryptfs-unwrap-passphrase " + MISSING + " -",
                "ecryptfsctl --socket " + MISSING + " status",
                "ecryptfsd --version");
    }

    /** Its lists of classes have numbers, which are not the same in two trainings. */
    @Test
    void aNewerJavaHasArchivesToo() throws Exception {
        Optional<Path> java = newerJava();
        assumeTrue(java.isPresent(), "no Java newer than 17 is installed");
        Path tree = directory.resolve("tree");
        run(List.of("cp", "-r", BIN.resolveSibling("").toString(), tree.toString()), Map.of());
        run(List.of("sh", "-c", "rm -f " + tree + "/lib/*.jsa"), Map.of());
        Map<String, String> environment = Map.of("ECRYPTFSJ_JAVA", java.get().toString());

        run(List.of(tree.resolve("lib/archive").toString()), environment);

        Path log = directory.resolve("log");
        Map<String, String> logging = new HashMap<>(environment);
        logging.put("ECRYPTFSJ_JAVA_OPTS", "-Xlog:class+load:file=" + log);
        run(List.of(tree.resolve("bin/ecryptfs-stat").toString(), "--version"), logging);
        assertThat(Files.readAllLines(log))
                .filteredOn(line -> line.contains("org.ecryptfsj."))
                .isNotEmpty()
                .allMatch(line -> line.contains("source: shared objects file"));
    }

    private static Optional<Path> newerJava() throws IOException {
        try (Stream<Path> homes = Files.list(Path.of("/usr/lib/jvm"))) {
            for (Path home : homes.sorted().toList()) {
                Path release = home.resolve("release");
                if (Files.isReadable(release)
                        && Files.readString(release).matches("(?s).*JAVA_VERSION=\"(1[89]|[2-9][0-9]).*")) {
                    return Optional.of(home.resolve("bin/java"));
                }
            }
        }
        return Optional.empty();
    }

    private void run(List<String> words, Map<String, String> environment) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    }

    private List<String> logOf(String command, String subject) throws IOException, InterruptedException {
        Path log = directory.resolve("log");
        List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
        words.set(0, BIN.resolve(words.get(0)).toString());
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("ECRYPTFSJ_JAVA_OPTS", "-Xlog:" + subject + ":file=" + log);
        Process process = builder.start();
        process.getOutputStream().close();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readAllLines(log);
    }
}
