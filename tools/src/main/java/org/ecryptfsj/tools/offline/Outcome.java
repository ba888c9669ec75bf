package org.ecryptfsj.tools.offline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What became of a tree: counts, and each failure with its reason. */
final class Outcome {
    private final List<Map<String, Object>> failures = new ArrayList<>();
    private long decrypted;
    private long upToDate;
    private long copied;
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

    void directory() {
        directories++;
    }

    void symlink() {
        symlinks++;
    }

    void failed(String lower, String plain, String reason) {
        Map<String, Object> failure = new LinkedHashMap<>();
        failure.put("file", lower);
        failure.put("name", plain);
        failure.put("reason", reason);
        failures.add(failure);
    }

    boolean isComplete() {
        return failures.isEmpty();
    }

    /** One line. */
    String text() {
        return decrypted + " files decrypted (" + bytes + " bytes), " + upToDate + " up to date, " + copied
                + " copied, " + directories + " directories, " + symlinks + " symlinks, " + failures.size() + " failed";
    }

    Map<String, Object> json() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("decrypted", decrypted);
        tree.put("up_to_date", upToDate);
        tree.put("copied", copied);
        tree.put("directories", directories);
        tree.put("symlinks", symlinks);
        tree.put("bytes", bytes);
        tree.put("failed", failures.size());
        tree.put("failures", failures);
        return tree;
    }
}
