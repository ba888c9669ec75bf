package org.ecryptfsj.tools.offline;

/** The report of a run: progress, failures on standard error as they come, and the summary. */
final class RekeyReport {
    private final ProgressBar progress;
    private final RekeySummary summary;
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
            progress.hide();
            System.err.println(EcryptfsRekey.NAME + ": " + reason);
            summary.failed("", "", reason);
        }
    }

    void failed(NamedPath entry, String reason) {
        String file = entry.lower().toString();
        String name = entry.plain().toString();
        progress.hide();
        System.err.println(EcryptfsRekey.NAME + ": " + file + (name.equals(file) ? "" : " (" + name + ")") + ": " + reason);
        summary.failed(file, name, reason);
    }
}
