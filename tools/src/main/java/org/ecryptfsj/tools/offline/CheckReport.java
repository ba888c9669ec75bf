package org.ecryptfsj.tools.offline;

import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.lower.KeyPacket;
import org.ecryptfsj.lower.LowerHeader;

/** The report of a check: progress, findings on standard error in the order of the walk, and the summary. */
final class CheckReport {
    private final ProgressBar progress;
    private final CheckSummary summary;

    CheckReport(ProgressBar progress, CheckSummary summary) {
        this.progress = progress;
        this.summary = summary;
    }

    void count(CheckCount what, long more) {
        summary.count(what, more);
    }

    /** The keys of a file. */
    void keys(LowerHeader header) {
        summary.file(header.keys().stream().map(KeyPacket::signature));
    }

    /** The key of a name or of a symbolic link's target. */
    void keyOfName(Signature key) {
        summary.name(key);
    }

    /** Bytes of the current file were checked. */
    void advance(long bytes) {
        progress.advance(bytes);
    }

    /** An entry that is no directory was checked. */
    void done() {
        progress.fileDone();
    }

    void found(NamedPath entry, FindingKind kind, String message) {
        String file = entry.lower().toString();
        String name = entry.plain().toString();
        progress.print(EcryptfsCheck.NAME + ": " + (kind.isProblem() ? "" : "note: ") + file
                + (name.equals(file) ? "" : " (" + name + ")") + ": " + message);
        summary.found(kind, file, name, message);
    }
}
