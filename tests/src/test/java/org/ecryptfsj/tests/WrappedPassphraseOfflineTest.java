package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The offline reader as people lose a home directory: lower files, and the wrapped-passphrase file beside them. */
@Tag("dist")
class WrappedPassphraseOfflineTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));

    /** Passphrase {@code test}, wrapped with {@code wrap} by ecryptfs-utils 111. */
    private static final String WRAPPED =
            "3a021a4945446de89c7d393230353332346264656432616334343bf0a36ee87b5a701af34a2654086adf";

    private static final Path TWO = ROOT.resolve("tests/src/test/resources/two-wrapped");
    private static final int V1_BYTES = 80;

    @TempDir
    Path directory;

    private Path wrapped;

    @BeforeEach
    void aTreeOfTheKernelAndItsWrappedPassphrase() throws Exception {
        Path trees = ROOT.resolve("lower/src/test/resources/org/ecryptfsj/lower/lower-trees.tgz");
        assertThat(run("", "tar", "xzf", trees.toString(), "-C", directory.toString())
                        .code())
                .isZero();
        wrapped = Files.write(
                directory.resolve("wrapped-passphrase"), HexFormat.of().parseHex(WRAPPED));
    }

    @Test
    void theLoginPassphraseOpensTheFiles() throws Exception {
        Ran ran = cat("wrap\n");

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).isEqualTo("!(/6=DKRY`gnu|%");
    }

    @Test
    void aWrongOneIsToldAndNothingIsPrinted() throws Exception {
        Ran ran = cat("wrong\n");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err())
                .contains("wrong wrapping passphrase for " + wrapped)
                .doesNotContain("wrong\n");
    }

    @Test
    void aFileWithTwoPassphrasesOpensNamesAndContents() throws Exception {
        Ran ran = decryptTwo("login\n", TWO.resolve("encrypted-keys"));

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(directory.resolve("out/f15")).hasContent("!(/6=DKRY`gnu|%");
    }

    @Test
    void twoFilesWithOnePassphraseEachOpenNamesAndContents() throws Exception {
        byte[] both = Files.readAllBytes(TWO.resolve("encrypted-keys"));
        Path contents = Files.write(
                directory.resolve("contents"),
                Arrays.copyOfRange(both, both.length - 2 * V1_BYTES, both.length - V1_BYTES));
        Path names =
                Files.write(directory.resolve("names"), Arrays.copyOfRange(both, both.length - V1_BYTES, both.length));

        Ran ran = decryptTwo("login\nlogin\n", contents, names);

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(directory.resolve("out/f15")).hasContent("!(/6=DKRY`gnu|%");
    }

    private Ran decryptTwo(String typed, Path... wrappedFiles) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                ROOT.resolve("packaging/target/dist/bin/ecryptfs-decrypt").toString()));
        for (Path file : wrappedFiles) {
            command.addAll(List.of("--wrapped", file.toString()));
        }
        command.add(TWO.resolve("lower").toString());
        command.add(directory.resolve("out").toString());
        return run(typed, command.toArray(String[]::new));
    }

    private Ran cat(String typed) throws IOException, InterruptedException {
        return run(
                typed,
                ROOT.resolve("packaging/target/dist/bin/ecryptfs-cat").toString(),
                "--wrapped",
                wrapped.toString(),
                directory.resolve("aes-16-plain/f15").toString());
    }

    private record Ran(int code, String out, String err) {}

    private static Ran run(String typed, String... command) throws IOException, InterruptedException {
        Path err = Files.createTempFile("err", "");
        try {
            Process process = new ProcessBuilder(Stream.of(command).toList())
                    .redirectError(err.toFile())
                    .start();
            process.getOutputStream().write(typed.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            return new Ran(code, out, String.join("\n", List.copyOf(Files.readAllLines(err))));
        } finally {
            Files.delete(err);
        }
    }
}
