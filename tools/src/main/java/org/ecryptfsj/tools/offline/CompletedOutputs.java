package org.ecryptfsj.tools.offline;

import java.util.Optional;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.CompletedEntry.Kind;
import org.ecryptfsj.tree.TreeException;

/** Compares existing outputs with the record of this and earlier runs, and decides which ones are replaced. */
final class CompletedOutputs {
    private final DecryptionRecord record;
    private final boolean comparesInodes;
    private final boolean force;

    /**
     * The outputs in the record of a directory.
     *
     * @param force whether outputs that this program did not write are replaced
     */
    CompletedOutputs(OutputTree output, boolean force) {
        this.record = output.record();
        this.comparesInodes = output.comparesInodes();
        this.force = force;
    }

    /** Whether this run has completed an output of that path. */
    boolean isVisited(TreeEntry entry) throws TreeException {
        return record.isVisited(entry.outputHash());
    }

    /** Marks an output as found complete in this run. */
    void visit(TreeEntry entry) throws TreeException {
        record.visit(entry.outputHash());
    }

    /** Whether the record has an output of that path. */
    boolean isRecorded(TreeEntry entry) throws TreeException {
        return record.at(entry.outputHash()).isPresent();
    }

    /** Whether this program created the output directory. */
    boolean isOwnDirectory(TreeEntry entry, FileStatus existing) throws TreeException {
        return recorded(entry, Kind.DIRECTORY)
                .filter(d -> !comparesInodes || d.inode() == existing.inode())
                .isPresent();
    }

    /** Whether the output and its lower file are unchanged since this program wrote the output. */
    boolean isUpToDate(TreeEntry entry, Kind kind, FileStatus existing) throws TreeException {
        return unchanged(entry, kind, existing)
                .filter(d -> d.isFrom(entry.status()))
                .isPresent();
    }

    /**
     * Checks that an output may be replaced.
     *
     * @throws SkippedEntryException if this program did not write it as it is, and may not overwrite other files
     */
    void requireReplaceable(TreeEntry entry, Kind kind, FileStatus existing)
            throws SkippedEntryException, TreeException {
        if (!force && unchanged(entry, kind, existing).isEmpty()) {
            throw new SkippedEntryException(entry.plain() + " exists and was not written by " + EcryptfsDecrypt.NAME
                    + "," + " or was changed afterwards; --force overwrites it");
        }
    }

    /**
     * Records a completed output.
     *
     * @param lower status of the lower file when it was read
     * @param placed status of the output under its final name, because a rename changes the inode change time
     */
    void add(TreeEntry entry, Kind kind, FileStatus lower, FileStatus placed) throws ToolFailure, OutputWriteException {
        add(entry, CompletedEntry.of(kind, entry.lowerHash(), lower, placed));
    }

    /** Records an output that lacks something: this program may replace it, and the next run does. */
    void addIncomplete(TreeEntry entry, Kind kind, FileStatus lower, FileStatus placed)
            throws ToolFailure, OutputWriteException {
        add(entry, CompletedEntry.ofIncomplete(kind, entry.lowerHash(), lower, placed));
    }

    private void add(TreeEntry entry, CompletedEntry output) throws ToolFailure, OutputWriteException {
        try {
            record.add(entry.outputHash(), output);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    private Optional<CompletedEntry> unchanged(TreeEntry entry, Kind kind, FileStatus existing) throws TreeException {
        return recorded(entry, kind).filter(d -> d.isUnchanged(existing, comparesInodes));
    }

    private Optional<CompletedEntry> recorded(TreeEntry entry, Kind kind) throws TreeException {
        return record.at(entry.outputHash())
                .filter(d -> d.kind() == kind && d.lowerPath().equals(entry.lowerHash()));
    }
}
