package org.ecryptfsj.tools.offline;

import java.util.HashSet;
import java.util.Set;

/** The report of a run: progress, failures on standard error as they come, and the summary. */
final class RekeyReport {
    /** Further failures can be reported by more than one pass. */
    private static final int MAX_REMEMBERED = 10_000;

    private final ProgressBar progress;
    private final RekeySummary summary;
    private final Set<String> reported = new HashSet<>();
    private long prepared;

    RekeyReport(ProgressBar progress, RekeySummary summary) {
        this.progress = progress;
        this.summary = summary;
    }

    void count(RekeyCount what) {
        summary.count(what);
    }

    /** An entry that is no directory was visited. */
    void done() {
        progress.fileDone();
    }

    /** New keys of a file wait for the next pass. */
    void prepared() {
        prepared++;
    }

    /** The next pass has come to a file with prepared keys. */
    void activating() {
        prepared--;
    }

    /** Reports files that the second pass did not find as the first one left them. */
    void finish() {
        if (prepared > 0) {
            String reason = prepared + " files were changed, moved or removed during the run, and did not get all keys:"
                    + " run the same command again";
            progress.print(EcryptfsRekey.NAME + ": " + reason);
            summary.failed("", reason);
        }
    }

    /** Reports a failure. What fails in each pass for the same reason is one failure. */
    void failed(TreePath entry, String reason) {
        String file = entry.toString();
        String message = file + ": " + reason;
        if (reported.contains(message)) {
            return;
        }
        if (reported.size() < MAX_REMEMBERED) {
            reported.add(message);
        }
        progress.print(EcryptfsRekey.NAME + ": " + message);
        summary.failed(file, reason);
    }
}
