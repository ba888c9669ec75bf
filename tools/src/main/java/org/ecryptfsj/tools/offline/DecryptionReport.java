package org.ecryptfsj.tools.offline;

import java.util.Optional;

/** The report of a decryption: progress, failures on standard error, and the summary. */
final class DecryptionReport {
    private final ProgressBar progress;
    private final DecryptionSummary summary;

    DecryptionReport(ProgressBar progress, DecryptionSummary summary) {
        this.progress = progress;
        this.summary = summary;
    }

    /** Bytes of the current file were written. */
    void written(int bytes) {
        progress.advance(bytes);
    }

    /** @param size size of the output */
    void decrypted(long size) {
        summary.decrypted(size);
        progress.fileDone();
    }

    /** @param size size of the file */
    void copied(long size) {
        summary.copied(size);
        progress.fileDone();
    }

    void empty() {
        summary.empty();
        progress.fileDone();
    }

    /** @param size size of the lower file */
    void upToDate(long size) {
        summary.upToDate();
        progress.advance(size);
        progress.fileDone();
    }

    void symlink() {
        summary.symlink();
        progress.fileDone();
    }

    void directory() {
        summary.directory();
    }

    /** An entry lacks something, and what is left of it was written. */
    void salvaged(TreePath lower, Optional<TreePath> plain, String reason) {
        summary.salvaged();
        print(lower.toString(), plain.map(TreePath::toString).orElse(""), reason);
    }

    /**
     * The output has another name than the decrypted one.
     *
     * @param plain path with the decrypted name
     */
    void substituted(TreeEntry entry, TreePath plain) {
        String file = entry.lower().toString();
        String name = plain.toString();
        String written = entry.plain().toString();
        summary.substituted(file, name, written);
        print(
                file,
                name,
                "written as " + written + ": the output's file system cannot have this name, or has it already");
    }

    void failed(TreeEntry entry, String reason) {
        failed(entry.lower(), Optional.of(entry.plain()), reason);
    }

    /** @param plain output path; empty if it is unknown */
    void failed(TreePath lower, Optional<TreePath> plain, String reason) {
        String file = lower.toString();
        String name = plain.map(TreePath::toString).orElse("");
        print(file, name, reason);
        summary.failed(file, name, reason);
        progress.fileDone();
    }

    private void print(String file, String name, String reason) {
        progress.hide();
        System.err.println(EcryptfsDecrypt.NAME + ": " + file
                + (name.isEmpty() || name.equals(file) ? "" : " (" + name + ")") + ": " + reason);
    }
}
