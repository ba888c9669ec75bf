package org.ecryptfsj.tools.offline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What became of a tree: counts, and the first {@value #MOST_FAILURES} failures with their reasons. */
final class DecryptionSummary {
    /** Further failures are counted, and told on standard error only: their number has no bound, memory has one. */
    static final int MAX_FAILURES = 1000;

    private final List<Map<String, Object>> failures = new ArrayList<>();
    private long failed;
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

    boolean isComplete() {
        return failed == 0;
    }

    /** How many failures there were. */
    long failed() {
        return failed;
    }

    /** The first of them. */
    List<Map<String, Object>> failures() {
        return failures;
    }

    /** One line. */
    String text() {
        return decrypted + " files decrypted (" + bytes + " bytes), " + upToDate + " up to date, " + copied
                + " copied, " + (empty == 0 ? "" : empty + " empty lower files, ") + directories + " directories, "
                + symlinks + " symlinks, " + failed + " failed";
    }

    /** @param attributesNotKept how many files and directories did not get owner, mode or time */
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
        tree.put("failed", failed);
        tree.put("failures", failures);
        return tree;
    }
}
