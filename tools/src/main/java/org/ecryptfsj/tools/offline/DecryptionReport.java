package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.Optional;
import org.ecryptfsj.tools.command.ToolFailure;

/** The report of a decryption: progress, failures on standard error, and the summary. */
final class DecryptionReport {
    private final ProgressBar progress;
    private final DecryptionSummary summary;

    DecryptionReport(ProgressBar progress, DecryptionSummary summary) {
        this.progress = progress;
        this.summary = summary;
    }

    /** Bytes of a file were written. Called by several threads. */
    void written(int bytes) {
        progress.advance(bytes);
    }

    /** A file has its name and its record. */
    void file(WrittenFile file) {
        switch (file.origin()) {
            case DECRYPTED -> summary.decrypted(file.size());
            case COPIED -> summary.copied(file.size());
            case EMPTY -> summary.empty();
        }
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

    /**
     * An entry cannot be decrypted or written.
     *
     * @throws ToolFailure if no space is left in the output: the run ends
     */
    void failed(TreeEntry entry, IOException failure) throws ToolFailure {
        if (failure instanceof OutputWriteException write) {
            stopIfFull(write);
            failed(entry, entry.plain() + " cannot be written: " + write.getMessage());
        } else {
            failed(entry, failure.getMessage());
        }
    }

    private static void stopIfFull(OutputWriteException failure) throws ToolFailure {
        if (failure.isFull()) {
            throw new ToolFailure(
                    1,
                    "no space is left in the output directory",
                    "free some space and run the same command again: it continues with the file that did not"
                            + " fit, which was removed");
        }
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
        progress.print(EcryptfsDecrypt.NAME + ": " + file
                + (name.isEmpty() || name.equals(file) ? "" : " (" + name + ")") + ": " + reason);
    }
}
