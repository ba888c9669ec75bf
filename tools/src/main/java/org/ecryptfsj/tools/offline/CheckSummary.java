package org.ecryptfsj.tools.offline;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.Signature;

/** The result of a check: counts, keys, and the first {@value #MAX_FINDINGS} findings. */
final class CheckSummary {
    /** Maximum number of findings in memory. Further findings are counted and reported on standard error only. */
    static final int MAX_FINDINGS = 1000;

    private final Depth depth;
    private final Map<CheckCount, Long> counts = new EnumMap<>(CheckCount.class);
    private final Map<FindingKind, Long> kinds = new EnumMap<>(FindingKind.class);
    private final SignatureCounts signatures = new SignatureCounts();
    private final List<Map<String, Object>> findings = new ArrayList<>();

    /** How much is checked. */
    enum Depth {
        /** What needs no key. */
        HEADERS("no key was given: only headers, names and sizes were checked"),
        /** What needs a key, without reading all contents. */
        KEYS("names and file keys were opened; --read also reads the contents"),
        /** Everything. */
        CONTENTS("contents were decrypted to the end, but are not authenticated: a changed extent is not found");

        private final String sentence;

        Depth(String sentence) {
            this.sentence = sentence;
        }
    }

    CheckSummary(Depth depth) {
        this.depth = depth;
    }

    void count(CheckCount what, long more) {
        counts.merge(what, more, Long::sum);
    }

    /** @param keys signatures of the keys of a file */
    void file(Stream<Signature> keys) {
        signatures.file(keys);
    }

    /** @param key signature of the key of a name or of a symbolic link's target */
    void name(Signature key) {
        signatures.name(key);
    }

    void found(FindingKind kind, String lower, String plain, String message) {
        kinds.merge(kind, 1L, Long::sum);
        if (findings.size() < MAX_FINDINGS) {
            Map<String, Object> finding = new LinkedHashMap<>();
            finding.put("file", lower);
            finding.put("name", plain);
            finding.put("kind", kind.member());
            finding.put("problem", kind.isProblem());
            finding.put("message", message);
            findings.add(finding);
        }
    }

    /** Whether no problem was found. */
    boolean isSound() {
        return number(true) == 0;
    }

    private long number(boolean problems) {
        return kinds.entrySet().stream()
                .filter(entry -> entry.getKey().isProblem() == problems)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private long value(CheckCount what) {
        return counts.getOrDefault(what, 0L);
    }

    /** The summary as lines. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(value(CheckCount.FILES) + " files (" + value(CheckCount.BYTES) + " bytes), "
                + optional(CheckCount.EMPTY_FILES, " empty lower files, ")
                + optional(CheckCount.UNENCRYPTED_FILES, " files with unencrypted contents, ")
                + optional(CheckCount.FOREIGN_FILES, " files without a header, ")
                + optional(CheckCount.SPECIAL_FILES, " devices, pipes and sockets, ")
                + value(CheckCount.DIRECTORIES) + " directories, " + value(CheckCount.SYMLINKS) + " symlinks");
        lines.add(value(CheckCount.ENCRYPTED_NAMES) + " encrypted names, " + value(CheckCount.PLAIN_NAMES)
                + " plain names");
        lines.addAll(signatures.lines());
        if (depth != Depth.HEADERS) {
            lines.add(value(CheckCount.OPENED_FILES) + " file keys and " + value(CheckCount.OPENED_NAMES)
                    + " names opened, " + value(CheckCount.READ_FILES) + " files read");
        }
        lines.add((isSound() ? "sound" : "not sound") + ": " + number(true) + " problems" + kinds(true) + ", "
                + number(false) + " notes" + kinds(false));
        lines.add(depth.sentence);
        return lines;
    }

    private String optional(CheckCount what, String text) {
        return value(what) == 0 ? "" : value(what) + text;
    }

    private String kinds(boolean problems) {
        String list = kinds.entrySet().stream()
                .filter(entry -> entry.getKey().isProblem() == problems)
                .map(entry -> entry.getValue() + " " + entry.getKey().member())
                .collect(Collectors.joining(", "));
        return list.isEmpty() ? "" : " (" + list + ")";
    }

    /** The summary as a JSON object; docs/rescue.md describes its members. */
    Map<String, Object> json() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("sound", isSound());
        tree.put("keys_given", depth != Depth.HEADERS);
        tree.put("contents_read", depth == Depth.CONTENTS);
        tree.put("contents_authenticated", false);
        for (CheckCount what : CheckCount.values()) {
            tree.put(what.member(), value(what));
        }
        tree.put("keys", signatures.json());
        tree.put("other_keys", signatures.othersJson());
        tree.put("problems", number(true));
        tree.put("notes", number(false));
        Map<String, Object> byKind = new LinkedHashMap<>();
        kinds.forEach((kind, number) -> byKind.put(kind.member(), number));
        tree.put("kinds", byKind);
        tree.put("findings", findings);
        return tree;
    }
}
