package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.CompletedEntry.Kind;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/**
 * Has files decrypted that are not up to date, on several threads, and gives them their names and records and reports them, in
 * the order of the walk. Used by the thread that walks.
 */
final class FileOutputs {
    private final CompletedOutputs completed;
    private final FileDecryption files;
    private final OfflineKeys keys;
    private final OrderedTasks tasks;
    private final DecryptionReport report;
    private final Set<PathHash> pending = new HashSet<>();

    FileOutputs(
            CompletedOutputs completed,
            FileDecryption files,
            OfflineKeys keys,
            OrderedTasks tasks,
            DecryptionReport report) {
        this.completed = completed;
        this.files = files;
        this.keys = keys;
        this.tasks = tasks;
        this.report = report;
    }

    /** Whether a file of that output path is being decrypted. */
    boolean isPending(TreeEntry entry) {
        return pending.contains(entry.outputHash());
    }

    /**
     * Decrypts or copies a file, unless its output is up to date.
     *
     * @param into the output directory; open until the tasks that are added before it is left are complete
     * @throws SkippedEntryException if the output exists and may not be replaced
     */
    void decrypt(TreeDirectory from, TreeEntry entry, TreeDirectory into)
            throws SkippedEntryException, ToolFailure, IOException {
        Optional<FileStatus> existing = into.status(entry.plain().name());
        if (existing.isPresent()) {
            if (completed.isUpToDate(entry, Kind.FILE, existing.get())) {
                completed.visit(entry);
                report.upToDate(entry.status().size());
                return;
            }
            completed.requireReplaceable(entry, Kind.FILE, existing.get());
        }
        TreeFile opened = from.openFile(entry.lower().name());
        pending.add(entry.outputHash());
        tasks.add(new FileTask(opened, entry, into));
    }

    /** What is done, or thrown, when it is a file's turn. */
    @FunctionalInterface
    private interface Outcome {
        void complete() throws SkippedEntryException, ToolFailure, IOException;
    }

    private final class FileTask implements OrderedTasks.Task {
        private final TreeFile opened;
        private final TreeEntry entry;
        private final TreeDirectory into;
        private Optional<WrittenFile> written = Optional.empty();
        private Outcome outcome = () -> {};

        FileTask(TreeFile opened, TreeEntry entry, TreeDirectory into) {
            this.opened = opened;
            this.entry = entry;
            this.into = into;
        }

        /** The file stays open if its key is not ready. */
        @Override
        public void run() {
            try {
                write(keys::readyContents);
            } catch (KeyNotReadyException e) {
                outcome = this::writeInTurn;
                return;
            } catch (SkippedEntryException | ToolFailure | IOException e) {
                outcome = () -> {
                    throw e;
                };
            }
            opened.close();
        }

        private void write(ContentsKeys with) throws SkippedEntryException, ToolFailure, IOException {
            WrittenFile file = files.write(opened, entry.lower(), with);
            written = Optional.of(file);
            outcome = () -> place(file);
        }

        private void writeInTurn() throws SkippedEntryException, ToolFailure, IOException {
            try (opened) {
                write(keys::contents);
            }
            outcome.complete();
        }

        @Override
        public void complete() throws ToolFailure {
            pending.remove(entry.outputHash());
            try {
                outcome.complete();
            } catch (SkippedEntryException e) {
                report.failed(entry, e.getMessage());
            } catch (IOException e) {
                report.failed(entry, e);
            }
        }

        private void place(WrittenFile file) throws SkippedEntryException, ToolFailure, IOException {
            try (PartialFile part = file.part()) {
                FileName name = entry.plain().name();
                // Another file of the walk can have this name in an output whose names have no case.
                Optional<FileStatus> existing = into.status(name);
                if (existing.isPresent()) {
                    completed.requireReplaceable(entry, Kind.FILE, existing.get());
                }
                part.place(into, name);
                record(file, part.file().status());
                file.lacks().ifPresent(lacks -> report.salvaged(entry.lower(), Optional.of(entry.plain()), lacks));
                report.file(file);
            }
        }

        /** Without a record the next run would not replace the file: it is removed. */
        private void record(WrittenFile file, FileStatus placed) throws ToolFailure, IOException {
            try {
                if (file.lacks().isPresent()) {
                    completed.addIncomplete(entry, Kind.FILE, file.lower(), placed);
                } else {
                    completed.add(entry, Kind.FILE, file.lower(), placed);
                }
            } catch (OutputWriteException e) {
                into.remove(entry.plain().name());
                throw e;
            }
        }

        @Override
        public void discard() {
            opened.close();
            try {
                if (written.isPresent()) {
                    written.get().part().close();
                }
            } catch (TreeException e) {
                System.getLogger(FileOutputs.class.getName())
                        .log(System.Logger.Level.DEBUG, "a temporary file is left for the next run to remove", e);
            }
        }
    }
}
