package org.ecryptfsj.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The formats and protocols in docs/spec, and the places in the code that cite them. */
class SpecificationTest {
    private static final Path ROOT = Path.of(System.getProperty("repository.root"));
    private static final Path PAGES = ROOT.resolve("docs/spec");
    private static final Set<String> SOURCES = Set.of("java", "sh", "py", "c");

    /** {@code docs/spec/FILE, section N}, {@code sections N, M and O}, {@code sections N to M}. */
    private static final Pattern CITATION =
            Pattern.compile("docs/spec/([a-z0-9-]+\\.md)(?:, sections? ([0-9]+(?:(?:, | and | to )[0-9]+)*))?");

    private static final Pattern HEADING = Pattern.compile("(?m)^## ([0-9]+)\\. ");
    private static final Pattern COMMENT_BREAK = Pattern.compile("\\s*\n\\s*(?:[*#]|//)?\\s*");

    private record Citation(Path file, String page, Set<Integer> sections) {}

    @Test
    void everyCitedPageAndSectionIsThere() throws IOException {
        List<Citation> citations = citations();

        assertThat(citations).hasSizeGreaterThan(50);
        for (Citation citation : citations) {
            assertThat(PAGES.resolve(citation.page()))
                    .as("cited by %s", citation.file())
                    .isRegularFile();
            assertThat(sectionsOf(citation.page()))
                    .as("sections of %s cited by %s", citation.page(), citation.file())
                    .containsAll(citation.sections());
        }
    }

    @Test
    void theReadmeOfTheSpecificationListsEveryPage() throws IOException {
        String readme = Files.readString(PAGES.resolve("README.md"));
        try (Stream<Path> pages = Files.list(PAGES)) {
            assertThat(pages.map(page -> page.getFileName().toString()).filter(name -> !name.equals("README.md")))
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(readme).contains("[" + name + "](" + name + ")"));
        }
    }

    private static List<Citation> citations() throws IOException {
        List<Citation> citations = new ArrayList<>();
        for (Path file : sources()) {
            String text = COMMENT_BREAK
                    .matcher(Files.readString(file, StandardCharsets.ISO_8859_1))
                    .replaceAll(" ");
            Matcher matcher = CITATION.matcher(text);
            while (matcher.find()) {
                citations.add(new Citation(
                        ROOT.relativize(file),
                        matcher.group(1),
                        matcher.group(2) == null ? Set.of() : numbers(matcher)));
            }
        }
        return citations;
    }

    /** {@code 2, 4 and 7 to 9}: with those in between. */
    private static Set<Integer> numbers(MatchResult citation) {
        return Stream.of(citation.group(2).split(", | and "))
                .flatMapToInt(part -> {
                    String[] ends = part.split(" to ");
                    return IntStream.rangeClosed(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
                })
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<Integer> sectionsOf(String page) throws IOException {
        return HEADING.matcher(Files.readString(PAGES.resolve(page)))
                .results()
                .map(heading -> Integer.valueOf(heading.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Java, C, Python and shell files, the commands without a suffix among them. */
    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !ROOT.relativize(file).toString().matches("(?:\\.git|(?:.*/)?target)/.*"))
                    .filter(SpecificationTest::isSource)
                    .toList();
        }
    }

    private static boolean isSource(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot >= 0
                ? SOURCES.contains(name.substring(dot + 1))
                : file.startsWith(ROOT.resolve("tools/src/main/sh"));
    }
}
