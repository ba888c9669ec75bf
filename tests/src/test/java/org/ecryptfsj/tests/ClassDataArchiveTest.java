package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The JVM's class-data archives hold what commands load (packaging/launcher/archive). One class that is missing there makes a
 * command open all jars, which takes a fifth of its start.
 */
@Tag("dist")
@EnabledOnJre(value = JRE.JAVA_17, disabledReason = "other JVMs leave other classes out of an archive")
class ClassDataArchiveTest {
    private static final Path BIN =
            Path.of(System.getProperty("repository.root")).resolve("packaging/target/dist/bin");
    private static final String MISSING = "/nonexistent/ecryptfsj";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ecryptfs-stat --version",
                "ecryptfs-stat " + MISSING,
                "ecryptfs-cat " + MISSING,
                "ecryptfs-key show " + MISSING,
                "ecryptfs-unwrap-passphrase " + MISSING + " -",
                "ecryptfsctl --socket " + MISSING + " status",
                "ecryptfsd --version"
            })
    void aCommandLoadsNoClassFromAJar(String command) throws Exception {
        List<String> loaded = classesLoadedBy(command);

        assertThat(loaded).as("classes that the JVM loaded").hasSizeGreaterThan(400);
        assertThat(loaded).filteredOn(line -> line.contains("source: file:")).isEmpty();
    }

    private List<String> classesLoadedBy(String command) throws IOException, InterruptedException {
        Path log = directory.resolve("classes");
        List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
        words.set(0, BIN.resolve(words.get(0)).toString());
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("ECRYPTFSJ_JAVA_OPTS", "-Xlog:class+load:file=" + log);
        Process process = builder.start();
        process.getOutputStream().close();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readAllLines(log);
    }
}
