package org.ecryptfsj.manual;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes the source of a man page: the macros and escapes of man(7) and groff_char(7), as few of them as man-db,
 * mandoc and a terminal need.
 */
final class Roff {
    /** What is shown bold or slanted in running text: name(section), an option, and a placeholder in capitals. */
    private static final Pattern MARKED = Pattern.compile("(?<page>[A-Za-z_][\\w.-]*\\([1-8]\\))"
            + "|(?<![\\w-])(?<option>--?[A-Za-z][\\w-]*)"
            + "|(?<![\\w/.$=-])(?<label><[\\w|. -]+>)");

    private final StringBuilder text = new StringBuilder();

    /** The title line; the date as YYYY-MM-DD. */
    Roff title(String name, int section, String date, String source) {
        String title = ".TH \"%s\" %d %s \"%s\" ecryptfsj";
        return line(title.formatted(characters(name.toUpperCase(Locale.ROOT)), section, date, characters(source)));
    }

    Roff section(String heading) {
        return macro("SH", heading);
    }

    Roff subsection(String heading) {
        return macro("SS", heading);
    }

    /** A paragraph of running text, in which pages and options are marked. */
    Roff paragraph(String running) {
        return line(".PP").line(marked(running));
    }

    /** Room between what was written and what follows. */
    Roff gap() {
        return line(".PP");
    }

    /** Running text right after a heading. */
    Roff text(String running) {
        return line(marked(running));
    }

    /** Ready-made roff, made by {@link #bold}, {@link #slanted} and {@link #escaped}. */
    Roff ready(String roff) {
        return line(roff);
    }

    /** A term and, indented below or beside it, what it means. */
    Roff tagged(String readyTerm, String meaning) {
        return line(".TP").line(readyTerm).line(marked(meaning));
    }

    /** Lines as they are, indented: examples. */
    Roff literal(List<String> lines) {
        line(".RS 4").line(".nf");
        lines.forEach(one -> line(one.isEmpty() ? "\\&" : escaped(one)));
        return line(".fi").line(".RE");
    }

    @Override
    public String toString() {
        return text.toString();
    }

    static String bold(String plain) {
        return "\\fB" + characters(plain) + "\\fR";
    }

    static String slanted(String plain) {
        return "\\fI" + characters(plain) + "\\fR";
    }

    /** Text that shows as it is, and is no request at a line's beginning. */
    static String escaped(String plain) {
        String safe = characters(plain);
        return safe.startsWith(".") ? "\\&" + safe : safe;
    }

    private static String marked(String running) {
        StringBuilder roff = new StringBuilder();
        Matcher mark = MARKED.matcher(running);
        int done = 0;
        while (mark.find()) {
            roff.append(characters(running.substring(done, mark.start())));
            if (mark.group("label") != null) {
                roff.append(slanted(mark.group().substring(1, mark.group().length() - 1)));
            } else if (mark.group("page") != null) {
                int parenthesis = mark.group().indexOf('(');
                roff.append(bold(mark.group().substring(0, parenthesis)))
                        .append(mark.group().substring(parenthesis));
            } else {
                roff.append(bold(mark.group()));
            }
            done = mark.end();
        }
        roff.append(characters(running.substring(done)));
        return roff.indexOf(".") == 0 ? "\\&" + roff : roff.toString();
    }

    private static String characters(String plain) {
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

    private Roff macro(String name, String argument) {
        return line("." + name + " \"" + characters(argument) + "\"");
    }

    private Roff line(String roff) {
        text.append(roff).append('\n');
        return this;
    }
}
