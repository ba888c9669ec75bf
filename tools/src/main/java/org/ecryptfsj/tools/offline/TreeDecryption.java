package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.DirectoryStack;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeWalk;

/**
 * Decrypts a lower directory into an output directory. A failed entry is reported and counted, and the run continues;
 * a full output file system ends the run. The contents of files are decrypted on several threads; everything else is done on
 * the thread that walks, and reported in the order of the walk.
 */
final class TreeDecryption implements TreeWalk.Visitor<ToolFailure> {
    private final OutputDirectories outputs;
    private final CompletedOutputs completed;
    private final NameDecryptor names;
    private final OutputNames outputNames;
    private final boolean keepsNames;
    private final FileOutputs files;
    private final SymlinkDecryption symlinks;
    private final OrderedTasks tasks;
    private final DecryptionReport report;

    private TreeDecryption(
            OutputDirectories outputs,
            CompletedOutputs completed,
            NameDecryptor names,
            OutputNames outputNames,
            boolean keepsNames,
            FileOutputs files,
            SymlinkDecryption symlinks,
            OrderedTasks tasks,
            DecryptionReport report) {
        this.outputs = outputs;
        this.completed = completed;
        this.names = names;
        this.outputNames = outputNames;
        this.keepsNames = keepsNames;
        this.files = files;
        this.symlinks = symlinks;
        this.tasks = tasks;
        this.report = report;
    }

    /**
     * Decrypts a directory.
     *
     * @param from is not closed
     * @throws ToolFailure if the output file system is full, or a key cannot be created
     */
    static void run(
            TreeDirectory from, OutputTree output, DecryptionOptions options, OfflineKeys keys, DecryptionReport report)
            throws ToolFailure, IOException {
        CompletedOutputs completed = new CompletedOutputs(output, options.force());
        NameDecryptor names = new NameDecryptor(keys);
        try (OutputDirectories outputs = new OutputDirectories(output, completed, from.status());
                OrderedTasks tasks = new OrderedTasks(options.threads())) {
            FileOutputs files =
                    new FileOutputs(completed, new FileDecryption(output, options, tasks, report), keys, tasks, report);
            SymlinkDecryption symlinks = new SymlinkDecryption(output, outputs, completed, names, report);
            boolean keepsNames = options.salvage().isPresent();
            OutputNames outputNames = new OutputNames(output.names(), completed, files, tasks, report);
            new TreeWalk<>(new TreeDecryption(
                            outputs, completed, names, outputNames, keepsNames, files, symlinks, tasks, report))
                    .run(from);
            tasks.finish();
        }
    }

    @Override
    public Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws ToolFailure {
        DirectoryPair pair = outputs.currentPair();
        TreePath lower = pair.lowerPath(name);
        try {
            Optional<FileStatus> status = directory.status(name);
            if (status.isEmpty()) {
                tasks.then(() -> report.failed(lower, Optional.empty(), "removed during the run"));
                return Optional.empty();
            }
            Optional<FileName> plain = plainName(lower, status.get());
            return plain.isPresent()
                    ? decrypt(directory, outputNames.entry(pair, name, plain.get(), status.get()), deeper)
                    : Optional.empty();
        } catch (IOException e) {
            tasks.then(() -> report.failed(lower, Optional.empty(), e.getMessage()));
            return Optional.empty();
        }
    }

    private Optional<FileName> plainName(TreePath lower, FileStatus status) throws ToolFailure, IOException {
        try {
            if (!names.isReady(lower.name())) {
                // Files before it look for their keys first.
                tasks.finish();
            }
            return Optional.of(names.of(lower.name()));
        } catch (SkippedEntryException e) {
            if (keepsNames) {
                tasks.then(() ->
                        report.salvaged(lower, Optional.empty(), e.getMessage() + "; it keeps its encrypted name"));
                return Optional.of(lower.name());
            }
            String consequence = status.isDirectory() ? "; its entries are not decrypted" : "";
            tasks.then(() -> report.failed(lower, Optional.empty(), e.getMessage() + consequence));
            return Optional.empty();
        }
    }

    private Optional<TreeDirectory> decrypt(TreeDirectory directory, TreeEntry entry, boolean deeper)
            throws ToolFailure {
        try {
            requireUnusedName(entry);
            switch (entry.status().type()) {
                case DIRECTORY -> {
                    return Optional.of(enter(directory, entry, deeper));
                }
                case SYMLINK -> {
                    tasks.finish();
                    symlinks.decrypt(directory, entry);
                }
                case REGULAR -> files.decrypt(directory, entry, outputs.current());
                default -> throw new SkippedEntryException("devices, pipes and sockets are not copied");
            }
        } catch (SkippedEntryException e) {
            tasks.then(() -> report.failed(entry, e.getMessage()));
        } catch (IOException e) {
            tasks.then(() -> report.failed(entry, e));
        }
        return Optional.empty();
    }

    private void requireUnusedName(TreeEntry entry) throws SkippedEntryException, ToolFailure, TreeException {
        TreePath plain = entry.plain();
        if (plain.parent().isEmpty()
                && (plain.name().equals(DecryptionRecord.NAME) || PartialFiles.isReserved(plain.name()))) {
            throw new SkippedEntryException("the name is reserved for " + EcryptfsDecrypt.NAME);
        }
        if (files.isPending(entry)) {
            tasks.finish();
        }
        if (completed.isVisited(entry)) {
            throw new SkippedEntryException("another entry of the directory has the same decrypted name");
        }
    }

    private TreeDirectory enter(TreeDirectory directory, TreeEntry entry, boolean deeper)
            throws SkippedEntryException, ToolFailure, IOException {
        if (!deeper) {
            throw new SkippedEntryException("nested deeper than " + TreeWalk.MAX_DEPTH + " directories");
        }
        if (outputs.depth() >= DirectoryStack.OPEN) {
            // Entering it closes a directory that files can still need.
            tasks.finish();
        }
        TreeDirectory lower = directory.openDirectory(entry.lower().name());
        boolean entered = false;
        try {
            outputs.enter(lower, entry);
            entered = true;
            return lower;
        } finally {
            if (!entered) {
                lower.close();
            }
        }
    }

    @Override
    public void leave() throws ToolFailure {
        DirectoryPair left = outputs.currentPair();
        try {
            tasks.then(new LeftDirectory(left, outputs.leave()));
        } catch (IOException e) {
            tasks.then(() -> report.failed(left.lower().orElseThrow(), left.plain(), e.getMessage()));
        }
    }

    /** A directory that the walk has left gets its attributes when all its files are in it. */
    private final class LeftDirectory implements OrderedTasks.Completion {
        private final DirectoryPair pair;
        private final TreeDirectory directory;

        LeftDirectory(DirectoryPair pair, TreeDirectory directory) {
            this.pair = pair;
            this.directory = directory;
        }

        @Override
        public void run() {
            try (directory) {
                outputs.complete(pair, directory);
                report.directory();
            } catch (IOException e) {
                report.failed(pair.lower().orElseThrow(), pair.plain(), e.getMessage());
            }
        }

        @Override
        public void discard() {
            directory.close();
        }
    }

    @Override
    public void unreadable(TreeException failure) throws ToolFailure {
        DirectoryPair pair = outputs.currentPair();
        TreePath lower = pair.lower().orElseGet(() -> TreePath.of(Optional.empty(), FileName.of("(all)")));
        tasks.then(() -> report.failed(lower, pair.plain(), "cannot read its entries: " + failure.getMessage()));
    }
}
