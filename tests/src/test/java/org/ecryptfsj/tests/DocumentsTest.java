package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** README.md, the other documents of the root directory, and docs: what they name exists. */
class DocumentsTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));
    private static final Path DOCS = ROOT.resolve("docs");
    private static final int README_LINES = 170;

    /** {@code [text](target)} and {@code ![text](target)}, outside of code. */
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
    private static final Pattern INDENTED_CODE = Pattern.compile("(?m)^ {4}.*$");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern TEST_NAME = Pattern.compile("(?<![\\w@])([A-Z]\\w+Test)\\b(?:[.#](?!java)(\\w+))?");

    /** A path in the repository; further words are arguments. */
    private static final Pattern FILE_NAME =
            Pattern.compile("((?:tests|bench|packaging|docs|examples|tools)/[\\w./-]+)(?: .*)?");

    /** What a build makes, or an example of a name. */
    private static final Pattern MADE = Pattern.compile(".*/target(/.*)?|.*\\*.*");

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(Files.readAllLines(ROOT.resolve("README.md"))).hasSizeLessThanOrEqualTo(README_LINES);
    }

    @Test
    void everyLinkLeadsToAFileAndAHeading() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path document : documents()) {
            for (String target : matches(LINK, withoutCode(Files.readString(document)))) {
                if (target.startsWith("https:")) {
                    continue;
                }
                links++;
                String[] parts = target.split("#", 2);
                Path file = parts[0].isEmpty()
                        ? document
                        : document.resolveSibling(parts[0]).normalize();
                if (!Files.exists(file) || (parts.length > 1 && !anchors(file).contains(parts[1]))) {
                    broken.add(ROOT.relativize(document) + ": " + target);
                }
            }
        }

        assertThat(links).isGreaterThan(50);
        assertThat(broken).isEmpty();
    }

    @Test
    void theIndexListsEveryPage() throws IOException {
        String index = Files.readString(DOCS.resolve("README.md"));

        assertThat(pages(DOCS))
                .extracting(page -> page.getFileName().toString())
                .filteredOn(name -> !name.equals("README.md"))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(index).contains("[" + name + "](" + name + ")"));
    }

    @Test
    void everyNamedTestExists() throws IOException {
        Map<String, String> tests = sources("src/test/java", ".java").collect(named());
        List<String> missing = new ArrayList<>();
        int found = 0;
        for (Path document : documents()) {
            for (String code : matches(CODE, Files.readString(document))) {
                for (MatchResult name : TEST_NAME.matcher(code).results().toList()) {
                    String source = tests.getOrDefault(name.group(1) + ".java", "");
                    if (source.isEmpty() || (name.group(2) != null && !source.contains(" " + name.group(2) + "("))) {
                        missing.add(ROOT.relativize(document) + ": " + name.group());
                    }
                    found++;
                }
            }
        }

        assertThat(found).isGreaterThan(50);
        assertThat(missing).isEmpty();
    }

    @Test
    void everyNamedFileExists() throws IOException {
        List<String> missing = new ArrayList<>();
        int found = 0;
        for (Path document : documents()) {
            for (String code : matches(CODE, Files.readString(document))) {
                var file = FILE_NAME.matcher(code);
                if (file.matches() && !MADE.matcher(file.group(1)).matches()) {
                    found++;
                    if (!Files.exists(ROOT.resolve(file.group(1)))) {
                        missing.add(ROOT.relativize(document) + ": " + file.group(1));
                    }
                }
            }
        }

        assertThat(found).isGreaterThan(50);
        assertThat(missing).isEmpty();
    }

    /** In the first column of the tables: … and the colon after "failed" are where a program puts a part together. */
    @Test
    void theMessagesOfTheTroubleshootingPageAreThoseOfThePrograms() throws IOException {
        String programs = programs();
        List<String> messages = Files.readAllLines(DOCS.resolve("troubleshooting.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .flatMap(line -> matches(CODE, line.split("\\|", -1)[1]).stream())
                .toList();

        assertThat(messages).hasSizeGreaterThan(15);
        assertThat(messages)
                .flatExtracting(message -> Arrays.asList(message.split("…|\\bfailed: ", -1)))
                .extracting(String::strip)
                .filteredOn(piece -> piece.length() > 3)
                .allSatisfy(piece ->
                        assertThat(programs.contains(piece)).as("\"%s\"", piece).isTrue());
    }

    /** Their sources, with string literals put together that are written in several parts. */
    private static String programs() throws IOException {
        StringBuilder text = new StringBuilder();
        sources("src/main/java", ".java").forEach(file -> text.append(read(file)));
        sources("src/main/sh", "").forEach(file -> text.append(read(file)));
        text.append(Files.readString(ROOT.resolve("packaging/launcher/supervise")));
        // The names of TrouSerS' result codes come from libtspi.
        text.append(Files.readString(DOCS.resolve("spec/tspi.md")));
        return text.toString().replaceAll("\"\\s*\\+\\s*\"", "");
    }

    private static Stream<Path> sources(String below, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files
                    .filter(file -> ("/" + ROOT.relativize(file)).contains("/" + below + "/"))
                    .filter(file -> file.toString().endsWith(ending) && Files.isRegularFile(file))
                    .filter(file -> !("/" + ROOT.relativize(file)).contains("/target/"))
                    .toList()
                    .stream();
        }
    }

    private static Collector<Path, ?, Map<String, String>> named() {
        return Collectors.toMap(
                file -> file.getFileName().toString(), DocumentsTest::read, (a, b) -> a + b, TreeMap::new);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> documents() throws IOException {
        return Stream.of(pages(ROOT), pages(DOCS), pages(DOCS.resolve("spec")))
                .flatMap(List::stream)
                .toList();
    }

    private static List<Path> pages(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    private static String withoutCode(String document) {
        return CODE.matcher(INDENTED_CODE.matcher(document).replaceAll("")).replaceAll("");
    }

    /** As forges make them of headings. */
    private static List<String> anchors(Path document) throws IOException {
        return matches(HEADING, Files.readString(document)).stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    private static List<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).toList();
    }
}
