package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.ecryptfsj.manual.CommandCatalogue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The runnable tree has, for every command, what its grammar says: help text, man page, completion. */
class ManualInTheTreeTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));
    private static final Path TREE = ROOT.resolve("packaging/target/dist");

    /** Every command in the tree, as its path. */
    static List<Path> commands() throws IOException {
        try (Stream<Path> bin = Files.list(TREE.resolve("bin"));
                Stream<Path> sbin = Files.list(TREE.resolve("sbin"))) {
            return Stream.concat(bin, sbin).sorted().toList();
        }
    }

    static List<String> scripts() throws IOException {
        Path scripts = ROOT.resolve("tools/src/main/sh");
        if (!Files.isDirectory(scripts)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(scripts)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandPrintsTheHelpOfItsGrammarAndHasAPageAndCompletion(Path command) throws Exception {
        String name = command.getFileName().toString();

        assertThat(CommandCatalogue.names()).contains(name);
        assertThat(TREE.resolve("share").resolve(CommandCatalogue.pageOf(name))).isNotEmptyFile();
        assertThat(TREE.resolve("share/bash-completion/completions").resolve(name))
                .isNotEmptyFile();
        assertThat(TREE.resolve("share/zsh/site-functions").resolve("_" + name)).isNotEmptyFile();
        assertThat(output(command.toString(), "--help")).isEqualTo(CommandCatalogue.helpOf(name));
    }

    @Test
    void everyShellScriptHasAGrammar() throws IOException {
        assertThat(CommandCatalogue.names()).containsAll(scripts());
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
