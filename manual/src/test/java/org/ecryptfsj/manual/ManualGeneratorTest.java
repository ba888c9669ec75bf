package org.ecryptfsj.manual;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages and scripts the build has written, before man, mandoc, bash and zsh. */
class ManualGeneratorTest {
    private static final Path MANUAL = Path.of(System.getProperty("manual.directory"));
    private static final Pattern REFERENCE =
            Pattern.compile("\\\\fB([\\w.\\\\-]*ecryptfs[\\w.\\\\-]*)\\\\fR\\((\\d)\\)");

    static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(MANUAL.resolve("man"))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    static List<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.walk(MANUAL.resolve("completion"))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void manAndMandocFindNoFaultWithAPage(Path page) throws Exception {
        assertThat(output("man", "--warnings", "-E", "UTF-8", "-P", "cat", "-l", page.toString()))
                .contains("NAME")
                .doesNotContain("warning");
        assertThat(output("mandoc", "-T", "lint", "-W", "warning", page.toString()))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageTellsItsNameItsUseItsExitStatusAndWhatElseToRead(Path page) throws IOException {
        String text = Files.readString(page);

        assertThat(text).contains(".SH \"NAME\"\n", ".SH \"DESCRIPTION\"\n", ".SH \"SEE ALSO\"\n");
        if (!page.endsWith("ecryptfsj.7")) {
            assertThat(text).contains(".SH \"SYNOPSIS\"\n", ".SH \"EXIT STATUS\"\n");
        }
    }

    @Test
    void everyReferenceToACommandOfThisSetLeadsToItsPage() throws IOException {
        Set<String> written =
                pages().stream().map(page -> page.getFileName().toString()).collect(Collectors.toSet());

        for (Path page : pages()) {
            Matcher reference = REFERENCE.matcher(Files.readString(page));
            while (reference.find()) {
                String name = reference.group(1).replace("\\-", "-");
                boolean known = CommandCatalogue.names().contains(name) || name.equals("ecryptfsj");
                assertThat(!known || written.contains(name + "." + reference.group(2)))
                        .as("%s refers to %s(%s)", page, name, reference.group(2))
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void theShellReadsTheScript(Path script) throws Exception {
        String shell = script.getParent().getFileName().toString();

        assertThat(output(shell, "-n", script.toString())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ecryptfsd, --for, --foreground",
        "ecryptfsd, --channel mi, miscdev",
        "ecryptfsctl, st, status",
        "ecryptfsctl, log-level d, debug",
        "ecryptfs-key, reb, rebind",
        "ecryptfs-key, import --wra, --wrapped-passphrase-file",
        "ecryptfs-verify, --filenames-n, --filenames-not-encrypted",
        "mount.ecryptfs, --ver, --version",
    })
    void bothShellsCompleteWhatIsTypedInThem(String command, String typed, String expected) throws Exception {
        for (String shell : List.of("bash", "zsh")) {
            Path scripts = MANUAL.resolve("completion").resolve(shell);

            assertThat(output("expect", "src/test/resources/complete.exp", shell, scripts.toString(), command, typed))
                    .as(shell)
                    .endsWith(expected + "\n");
        }
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
