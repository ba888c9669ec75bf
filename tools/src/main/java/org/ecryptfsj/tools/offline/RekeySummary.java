package org.ecryptfsj.tools.offline;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The result of a run: counts, and the first {@value #MAX_FAILURES} failures. */
final class RekeySummary {
    /** Maximum number of failures in memory. Further failures are counted and reported on standard error only. */
    static final int MAX_FAILURES = 1000;

    private final RekeyPlan plan;
    private final Map<RekeyCount, Long> counts = new EnumMap<>(RekeyCount.class);
    private final List<Map<String, Object>> failures = new ArrayList<>();
    private long failed;

    RekeySummary(RekeyPlan plan) {
        this.plan = plan;
    }

    void count(RekeyCount what) {
        counts.merge(what, 1L, Long::sum);
    }

    void failed(String file, String reason) {
        failed++;
        if (failures.size() < MAX_FAILURES) {
            Map<String, Object> failure = new LinkedHashMap<>();
            failure.put("file", file);
            failure.put("reason", reason);
            failures.add(failure);
        }
    }

    boolean isComplete() {
        return failed == 0;
    }

    private long value(RekeyCount what) {
        return counts.getOrDefault(what, 0L);
    }

    /** The summary as lines. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        String would = plan.dryRun() ? " would be" : "";
        lines.add(value(RekeyCount.FILES) + " files, " + value(RekeyCount.ENCRYPTED_FILES) + " encrypted");
        if (!plan.added().contents().isEmpty()) {
            lines.add("keys" + would + " added to " + value(RekeyCount.FILES_WITH_KEYS_ADDED) + " files, "
                    + value(RekeyCount.FILES_WITH_ALL_NEW_KEYS) + " had them before");
        }
        if (!plan.dropped().isEmpty()) {
            lines.add("keys" + would + " dropped from " + value(RekeyCount.FILES_WITH_KEYS_DROPPED) + " files");
        }
        if (plan.names().isPresent()) {
            lines.add(value(RekeyCount.NAMES_CHANGED) + " names and " + value(RekeyCount.TARGETS_CHANGED)
                    + " targets of symbolic links" + would + " encrypted with the new key");
        }
        lines.add(failed + " failed");
        if (!plan.dropped().isEmpty()) {
            lines.add("contents keep their file keys: a person who had a dropped key can have kept the file keys, and"
                    + " backups and snapshots still open with it");
        }
        return lines;
    }

    /** The summary as a JSON object; docs/rescue.md describes its members. */
    Map<String, Object> json() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("dry_run", plan.dryRun());
        tree.put("mounted", plan.mounted());
        tree.put(
                "added_keys",
                plan.added().contents().stream().map(Object::toString).toList());
        tree.put(
                "dropped_keys",
                plan.dropped().stream().map(Object::toString).sorted().toList());
        plan.names().ifPresent(key -> tree.put("names_key", key.hex()));
        for (RekeyCount what : RekeyCount.values()) {
            tree.put(what.member(), value(what));
        }
        tree.put("failed", failed);
        tree.put("failures", failures);
        return tree;
    }
}
