package org.ecryptfsj.protector;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Writes JSON: for programs as RFC 8785 has it, for people with line breaks. */
final class JsonWriter {
    private static final String SHORT_ESCAPES = "\b\t\n\f\r\"\\";
    private static final String ESCAPE_LETTERS = "btnfr\"\\";
    private static final int INDENT = 2;

    private final StringBuilder out = new StringBuilder();
    private final boolean indenting;
    private int depth;

    private JsonWriter(boolean indenting) {
        this.indenting = indenting;
    }

    static String canonical(JsonValue value) {
        JsonWriter writer = new JsonWriter(false);
        writer.write(value);
        return writer.out.toString();
    }

    static String indented(JsonValue value) {
        JsonWriter writer = new JsonWriter(true);
        writer.write(value);
        return writer.out.append('\n').toString();
    }

    private void write(JsonValue value) {
        if (value instanceof JsonObject object) {
            members(object.members());
        } else if (value instanceof JsonValue.Array array) {
            elements(array.values());
        } else if (value instanceof JsonValue.Text text) {
            text(text.value());
        } else if (value instanceof JsonValue.Whole whole) {
            out.append(whole.value());
        } else if (value instanceof JsonValue.Truth truth) {
            out.append(truth.value());
        } else {
            out.append("null");
        }
    }

    /** RFC 8785 sorts names by their UTF-16 units, which is the order of Java's strings. */
    private void members(Map<String, JsonValue> members) {
        Map<String, JsonValue> ordered = indenting ? members : new TreeMap<>(members);
        open('{', ordered.keySet());
        String separator = "";
        for (Map.Entry<String, JsonValue> member : ordered.entrySet()) {
            out.append(separator);
            line();
            text(member.getKey());
            out.append(indenting ? ": " : ":");
            write(member.getValue());
            separator = ",";
        }
        close('}', ordered.keySet());
    }

    private void elements(List<JsonValue> elements) {
        open('[', elements);
        String separator = "";
        for (JsonValue element : elements) {
            out.append(separator);
            line();
            write(element);
            separator = ",";
        }
        close(']', elements);
    }

    private void open(char bracket, Collection<?> content) {
        out.append(bracket);
        depth += content.isEmpty() ? 0 : 1;
    }

    private void close(char bracket, Collection<?> content) {
        if (!content.isEmpty()) {
            depth--;
            line();
        }
        out.append(bracket);
    }

    private void line() {
        if (indenting) {
            out.append('\n').append(" ".repeat(depth * INDENT));
        }
    }

    private void text(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int known = SHORT_ESCAPES.indexOf(c);
            if (known >= 0) {
                out.append('\\').append(ESCAPE_LETTERS.charAt(known));
            } else if (c < ' ') {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
