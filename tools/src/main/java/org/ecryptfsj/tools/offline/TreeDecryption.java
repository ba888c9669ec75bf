package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeWalk;

/**
 * Decrypts a lower directory into an output directory. A failed entry is reported and counted, and the run continues;
 * a full output file system ends the run.
 */
final class TreeDecryption implements TreeWalk.Visitor<ToolFailure> {
    private final OutputDirectories outputs;
    private final CompletedOutputs completed;
    private final NameDecryptor names;
    private final OutputNames outputNames;
    private final boolean keepsNames;
    private final FileDecryption files;
    private final SymlinkDecryption symlinks;
    private final DecryptionReport report;

    private TreeDecryption(
            OutputDirectories outputs,
            CompletedOutputs completed,
            NameDecryptor names,
            OutputNames outputNames,
            boolean keepsNames,
            FileDecryption files,
            SymlinkDecryption symlinks,
            DecryptionReport report) {
        this.outputs = outputs;
        this.completed = completed;
        this.names = names;
        this.outputNames = outputNames;
        this.keepsNames = keepsNames;
        this.files = files;
        this.symlinks = symlinks;
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
        try (OutputDirectories outputs = new OutputDirectories(output, completed, from.status())) {
            FileDecryption files = new FileDecryption(output, outputs, completed, keys, options, report);
            SymlinkDecryption symlinks = new SymlinkDecryption(output, outputs, completed, names, report);
            boolean keepsNames = options.salvage().isPresent();
            OutputNames outputNames = new OutputNames(output.names(), completed, report);
            new TreeWalk<>(new TreeDecryption(
                            outputs, completed, names, outputNames, keepsNames, files, symlinks, report))
                    .run(from);
        }
    }

    @Override
    public Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws ToolFailure {
        DirectoryPair pair = outputs.currentPair();
        TreePath lower = pair.lowerPath(name);
        try {
            Optional<FileStatus> status = directory.status(name);
            if (status.isEmpty()) {
                report.failed(lower, Optional.empty(), "removed during the run");
                return Optional.empty();
            }
            Optional<FileName> plain = plainName(lower, status.get());
            return plain.isPresent()
                    ? decrypt(directory, outputNames.entry(pair, name, plain.get(), status.get()), deeper)
                    : Optional.empty();
        } catch (IOException e) {
            report.failed(lower, Optional.empty(), e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<FileName> plainName(TreePath lower, FileStatus status) throws ToolFailure, IOException {
        try {
            return Optional.of(names.of(lower.name()));
        } catch (SkippedEntryException e) {
            if (keepsNames) {
                report.salvaged(lower, Optional.empty(), e.getMessage() + "; it keeps its encrypted name");
                return Optional.of(lower.name());
            }
            String consequence = status.isDirectory() ? "; its entries are not decrypted" : "";
            report.failed(lower, Optional.empty(), e.getMessage() + consequence);
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
                case SYMLINK -> symlinks.decrypt(directory, entry);
                case REGULAR -> files.decrypt(directory, entry);
                default -> throw new SkippedEntryException("devices, pipes and sockets are not copied");
            }
        } catch (SkippedEntryException e) {
            report.failed(entry, e.getMessage());
        } catch (OutputWriteException e) {
            stopIfFull(e);
            report.failed(entry, entry.plain() + " cannot be written: " + e.getMessage());
        } catch (IOException e) {
            report.failed(entry, e.getMessage());
        }
        return Optional.empty();
    }

    private void requireUnusedName(TreeEntry entry) throws SkippedEntryException, TreeException {
        TreePath plain = entry.plain();
        if (plain.parent().isEmpty()
                && (plain.name().equals(DecryptionRecord.NAME) || plain.name().equals(PartialFile.NAME))) {
            throw new SkippedEntryException("the name is reserved for " + EcryptfsDecrypt.NAME);
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

    private static void stopIfFull(OutputWriteException e) throws ToolFailure {
        if (e.isFull()) {
            throw new ToolFailure(
                    1,
                    "no space is left in the output directory",
                    "free some space and run the same command again: it continues with the file that did not"
                            + " fit, which was removed");
        }
    }

    @Override
    public void leave() {
        DirectoryPair left = outputs.currentPair();
        try {
            outputs.leave();
            report.directory();
        } catch (IOException e) {
            report.failed(left.lower().orElseThrow(), left.plain(), e.getMessage());
        }
    }

    @Override
    public void unreadable(TreeException failure) {
        DirectoryPair pair = outputs.currentPair();
        TreePath lower = pair.lower().orElseGet(() -> TreePath.of(Optional.empty(), FileName.of("(all)")));
        report.failed(lower, pair.plain(), "cannot read its entries: " + failure.getMessage());
    }
}
