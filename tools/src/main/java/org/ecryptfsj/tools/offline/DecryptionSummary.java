package org.ecryptfsj.tools.offline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The result of decrypting a tree: counts, and the first {@value #MAX_FAILURES} failures and substitute names. */
final class DecryptionSummary {
    /** Maximum number of each in memory. Further ones are counted and reported on standard error only. */
    static final int MAX_FAILURES = 1000;

    private final List<Map<String, Object>> failures = new ArrayList<>();
    private final List<Map<String, Object>> substitutes = new ArrayList<>();
    private long failed;
    private long substituted;
    private long salvaged;
    private long decrypted;
    private long upToDate;
    private long copied;
    private long empty;
    private long directories;
    private long symlinks;
    private long bytes;

    void decrypted(long size) {
        decrypted++;
        bytes += size;
    }

    void upToDate() {
        upToDate++;
    }

    void copied(long size) {
        copied++;
        bytes += size;
    }

    void empty() {
        empty++;
    }

    void directory() {
        directories++;
    }

    void symlink() {
        symlinks++;
    }

    void failed(String lower, String plain, String reason) {
        failed++;
        if (failures.size() < MAX_FAILURES) {
            Map<String, Object> failure = new LinkedHashMap<>();
            failure.put("file", lower);
            failure.put("name", plain);
            failure.put("reason", reason);
            failures.add(failure);
        }
    }

    void substituted(String lower, String plain, String written) {
        substituted++;
        if (substitutes.size() < MAX_FAILURES) {
            Map<String, Object> substitute = new LinkedHashMap<>();
            substitute.put("file", lower);
            substitute.put("name", plain);
            substitute.put("written_as", written);
            substitutes.add(substitute);
        }
    }

    void salvaged() {
        salvaged++;
    }

    boolean isComplete() {
        return failed == 0 && salvaged == 0;
    }

    /** The number of failures. */
    long failed() {
        return failed;
    }

    /** The first failures. */
    List<Map<String, Object>> failures() {
        return failures;
    }

    /** The summary as one line. */
    String text() {
        return decrypted + " files decrypted (" + bytes + " bytes), " + upToDate + " up to date, " + copied
                + " copied, " + (empty == 0 ? "" : empty + " empty lower files, ")
                + (salvaged == 0 ? "" : salvaged + " with something missing, ")
                + (substituted == 0 ? "" : substituted + " under a substitute name, ") + directories + " directories, "
                + symlinks + " symlinks, " + failed + " failed";
    }

    /** @param attributesNotKept number of files and directories whose owner, mode or time could not be set */
    Map<String, Object> json(long attributesNotKept) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("decrypted", decrypted);
        tree.put("up_to_date", upToDate);
        tree.put("copied", copied);
        tree.put("empty", empty);
        tree.put("directories", directories);
        tree.put("symlinks", symlinks);
        tree.put("bytes", bytes);
        tree.put("attributes_not_kept", attributesNotKept);
        tree.put("salvaged", salvaged);
        tree.put("failed", failed);
        tree.put("failures", failures);
        if (substituted > 0) {
            tree.put("substituted", substituted);
            tree.put("substitutes", substitutes);
        }
        return tree;
    }
}
