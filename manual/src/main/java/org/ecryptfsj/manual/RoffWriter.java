package org.ecryptfsj.manual;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes the source of a man page with the macros and escapes of man(7) and groff_char(7) that man-db and mandoc support.
 */
final class RoffWriter {
    /** Text in bold or italics: name(section), an option, and a placeholder in angle brackets. */
    private static final Pattern HIGHLIGHTED = Pattern.compile("(?<page>[A-Za-z_][\\w.-]*\\([1-8]\\))"
            + "|(?<![\\w-])(?<option>--?[A-Za-z][\\w-]*)"
            + "|(?<![\\w/.$=-])(?<label><[\\w|. -]+>)");

    private final StringBuilder text = new StringBuilder();

    /** The title line; the date as YYYY-MM-DD. */
    RoffWriter title(String name, int section, String date, String source) {
        String title = ".TH \"%s\" %d %s \"%s\" ecryptfsj";
        return line(title.formatted(
                escapeCharacters(name.toUpperCase(Locale.ROOT)), section, date, escapeCharacters(source)));
    }

    RoffWriter section(String heading) {
        return macro("SH", heading);
    }

    RoffWriter subsection(String heading) {
        return macro("SS", heading);
    }

    /** A paragraph of running text, in which pages and options are highlighted. */
    RoffWriter paragraph(String running) {
        return line(".PP").line(highlighted(running));
    }

    /** Vertical space. */
    RoffWriter paragraphBreak() {
        return line(".PP");
    }

    /** Running text right after a heading. */
    RoffWriter text(String running) {
        return line(highlighted(running));
    }

    /** Roff source, created by {@link #bold}, {@link #italic} and {@link #escaped}. */
    RoffWriter raw(String roff) {
        return line(roff);
    }

    /** A term with an indented description. */
    RoffWriter tagged(String rawTerm, String meaning) {
        return line(".TP").line(rawTerm).line(highlighted(meaning));
    }

    /** What follows is indented like a description, until {@link #outdented}. */
    RoffWriter indented() {
        return line(".RS");
    }

    RoffWriter outdented() {
        return line(".RE");
    }

    /** Indented literal lines, for examples. */
    RoffWriter literal(List<String> lines) {
        line(".RS 4").line(".nf");
        lines.forEach(one -> line(one.isEmpty() ? "\\&" : escaped(one)));
        return line(".fi").line(".RE");
    }

    @Override
    public String toString() {
        return text.toString();
    }

    static String bold(String plain) {
        return "\\fB" + escapeCharacters(plain) + "\\fR";
    }

    static String italic(String plain) {
        return "\\fI" + escapeCharacters(plain) + "\\fR";
    }

    /** Text that is shown unchanged and is not a request at the beginning of a line. */
    static String escaped(String plain) {
        String safe = escapeCharacters(plain);
        return safe.startsWith(".") ? "\\&" + safe : safe;
    }

    private static String highlighted(String running) {
        StringBuilder roff = new StringBuilder();
        Matcher mark = HIGHLIGHTED.matcher(running);
        int done = 0;
        while (mark.find()) {
            roff.append(escapeCharacters(running.substring(done, mark.start())));
            if (mark.group("label") != null) {
                roff.append(italic(mark.group().substring(1, mark.group().length() - 1)));
            } else if (mark.group("page") != null) {
                int parenthesis = mark.group().indexOf('(');
                roff.append(bold(mark.group().substring(0, parenthesis)))
                        .append(mark.group().substring(parenthesis));
            } else {
                roff.append(bold(mark.group()));
            }
            done = mark.end();
        }
        roff.append(escapeCharacters(running.substring(done)));
        return roff.indexOf(".") == 0 ? "\\&" + roff : roff.toString();
    }

    private static String escapeCharacters(String plain) {
        StringBuilder safe = new StringBuilder();
        plain.codePoints().forEach(c -> {
            switch (c) {
                case '\\' -> safe.append("\\(rs");
                case '-' -> safe.append("\\-");
                case '\'' -> safe.append("\\(aq");
                case '`' -> safe.append("\\(ga");
                case '^' -> safe.append("\\(ha");
                case '~' -> safe.append("\\(ti");
                case '"' -> safe.append("\\(dq");
                default -> {
                    if (c < 0x80) {
                        safe.appendCodePoint(c);
                    } else {
                        safe.append("\\[u%04X]".formatted(c));
                    }
                }
            }
        });
        return safe.toString();
    }

    private RoffWriter macro(String name, String argument) {
        return line("." + name + " \"" + escapeCharacters(argument) + "\"");
    }

    private RoffWriter line(String roff) {
        text.append(roff).append('\n');
        return this;
    }
}
