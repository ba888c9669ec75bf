package org.ecryptfsj.manual;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Converts text to roff. The format is that of the grammars' footers: empty lines separate paragraphs; a line that ends with a colon before indented lines is a heading; two spaces begin an entry {@code TERM MEANING}, whose meaning can continue in deeper indented lines; four spaces begin a literal line.
 */
final class RunningText {
    private static final Pattern ENTRY = Pattern.compile(" {2}(?<term>\\S.*?)(?: {2,}(?<meaning>\\S.*))?");
    private static final int CONTINUATION = 8;

    private final RoffWriter page;
    private final List<String> paragraph = new ArrayList<>();
    private final List<String> literal = new ArrayList<>();
    private String term = "";
    private boolean hasOutput;

    private RunningText(RoffWriter page) {
        this.page = page;
    }

    /** The additional sections of a command's page, by heading, from the resource {@code pages/NAME.txt}. */
    static Map<String, List<String>> sectionsOf(String name) {
        try (InputStream in = RunningText.class.getResourceAsStream("pages/" + name + ".txt")) {
            return in == null
                    ? Map.of()
                    : sections(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException("the page of " + name + " cannot be read", e);
        }
    }

    private static Map<String, List<String>> sections(List<String> lines) {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> current = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("= ")) {
                current = new ArrayList<>();
                sections.put(line.substring(2), current);
            } else {
                current.add(line);
            }
        }
        return sections;
    }

    /** Writes the lines of a section. */
    static void write(RoffWriter page, List<String> lines) {
        RunningText prose = new RunningText(page);
        for (int i = 0; i < lines.size(); i++) {
            prose.line(lines.get(i), i + 1 < lines.size() ? lines.get(i + 1) : "");
        }
        prose.flush();
    }

    private void line(String line, String next) {
        int indent = line.length() - line.stripLeading().length();
        if (line.isBlank()) {
            flush();
        } else if (indent >= CONTINUATION && !term.isEmpty()) {
            paragraph.add(line.strip());
        } else if (indent >= 4) {
            flushText();
            literal.add(line.substring(4));
        } else if (indent == 2) {
            flush();
            entry(line);
        } else if (line.endsWith(":") && next.startsWith("  ") && (paragraph.isEmpty() || !term.isEmpty())) {
            flush();
            page.subsection(line.substring(0, line.length() - 1));
            hasOutput = false;
        } else {
            if (!term.isEmpty() || !literal.isEmpty()) {
                flush();
            }
            paragraph.add(line.strip());
        }
    }

    private void entry(String line) {
        Matcher parts = ENTRY.matcher(line);
        if (!parts.matches()) {
            throw new IllegalArgumentException("no entry: " + line);
        }
        term = parts.group("term");
        if (parts.group("meaning") != null) {
            paragraph.add(parts.group("meaning").strip());
        }
    }

    private void flush() {
        flushText();
        if (!literal.isEmpty()) {
            if (hasOutput) {
                page.paragraphBreak();
            }
            page.literal(literal);
            literal.clear();
            hasOutput = true;
        }
    }

    private void flushText() {
        String running = String.join(" ", paragraph);
        if (!term.isEmpty()) {
            page.tagged(RoffWriter.bold(term), running);
        } else if (!running.isEmpty() && hasOutput) {
            page.paragraph(running);
        } else if (!running.isEmpty()) {
            page.text(running);
        }
        hasOutput = hasOutput || !term.isEmpty() || !running.isEmpty();
        paragraph.clear();
        term = "";
    }
}
