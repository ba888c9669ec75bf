package org.ecryptfsj.daemon.control;

import java.util.List;
import java.util.Map;

/** A status tree as text: one line per value, nested by indentation. */
final class StatusText {
    private static final int INDENT = 2;
    private static final int COLUMN = 22;

    private StatusText() {}

    static String of(Map<String, Object> tree) {
        StringBuilder text = new StringBuilder();
        append(text, tree, 0);
        return text.toString();
    }

    private static void append(StringBuilder text, Map<?, ?> tree, int depth) {
        tree.forEach((name, value) -> {
            String label = " ".repeat(depth * INDENT) + name.toString().replace('_', ' ') + ":";
            if (value instanceof Map<?, ?> inner) {
                text.append(label).append(inner.isEmpty() ? " none\n" : "\n");
                append(text, inner, depth + 1);
            } else if (value instanceof List<?> list && list.isEmpty()) {
                text.append(label).append(" none\n");
            } else if (value instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance)) {
                text.append(label).append('\n');
                list.forEach(item -> append(text, (Map<?, ?>) item, depth + 1));
            } else {
                text.append(label)
                        .append(" ".repeat(Math.max(1, COLUMN - label.length())))
                        .append(value)
                        .append('\n');
            }
        });
    }
}
