package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.lower.DecryptedContent;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.DecryptionRecord.CompletedEntry;
import org.ecryptfsj.tools.offline.DecryptionRecord.Kind;
import org.ecryptfsj.tree.DirectoryStack;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;
import org.ecryptfsj.tree.TreeWalk;

/**
 * Decrypts a lower directory into an output directory. A failed entry is reported and counted, and the run continues;
 * a full output file system ends the run.
 */
final class TreeDecryption implements TreeWalk.Visitor<ToolFailure> {
    private static final String NAME = "ecryptfs-decrypt";
    private static final int BUFFER_BYTES = 65536;
    private static final int OWNER_ONLY = 0700;

    private final OutputTree output;
    private final Policy policy;
    private final NameDecryptor names;
    private final ProgressBar progress;
    private final DecryptionSummary summary;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Deque<DirectoryState> directories = new ArrayDeque<>();
    private DirectoryStack outputs;

    /** The options of the user.
     *
     * @param force whether files that this program did not write are overwritten
     * @param passthrough whether files without an eCryptfs header are copied
     */
    record Policy(boolean force, boolean passthrough) {}

    /** A directory on the path of the walk.
     *
     * @param lower lower path; empty at the top
     * @param plain output path; empty at the top
     * @param lowerHash hash of the lower path
     * @param outputHash hash of the output path
     * @param status status of the lower directory
     * @param createdHere whether this program created the output directory and sets its attributes
     */
    private record DirectoryState(
            Optional<TreePath> lower,
            Optional<TreePath> plain,
            PathHash lowerHash,
            PathHash outputHash,
            FileStatus status,
            boolean createdHere) {}

    /**
     * An entry of the lower directory.
     *
     * @param lower lower path
     * @param plain output path
     * @param lowerHash hash of the lower path
     * @param outputHash hash of the output path
     * @param status status of the lower entry
     */
    private record Entry(TreePath lower, TreePath plain, PathHash lowerHash, PathHash outputHash, FileStatus status) {}

    TreeDecryption(
            OutputTree output, Policy policy, OfflineKeys keys, ProgressBar progress, DecryptionSummary summary) {
        this.output = output;
        this.policy = policy;
        this.names = new NameDecryptor(keys);
        this.progress = progress;
        this.summary = summary;
    }

    /** Decrypts a directory.
     *
     * @param from is not closed
     * @throws ToolFailure if the output file system is full, or a key cannot be created
     */
    void run(TreeDirectory from) throws ToolFailure, IOException {
        directories.push(new DirectoryState(
                Optional.empty(), Optional.empty(), PathHash.TOP, PathHash.TOP, from.status(), false));
        try (DirectoryStack stack = new DirectoryStack(output.top())) {
            outputs = stack;
            new TreeWalk<>(this).run(from);
        }
    }

    @Override
    public Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws ToolFailure {
        DirectoryState place = place();
        TreePath lower = TreePath.of(place.lower(), name);
        try {
            Optional<FileStatus> status = directory.status(name);
            if (status.isEmpty()) {
                failed(lower, Optional.empty(), "removed during the run");
                return Optional.empty();
            }
            FileName plain;
            try {
                plain = names.of(name);
            } catch (SkippedEntryException e) {
                failed(
                        lower,
                        Optional.empty(),
                        e.getMessage() + (status.get().isDirectory() ? "; its entries are not decrypted" : ""));
                return Optional.empty();
            }
            Entry entry = new Entry(
                    lower,
                    TreePath.of(place.plain(), plain),
                    place.lowerHash().of(name),
                    place.outputHash().of(plain),
                    status.get());
            return decryptEntry(directory, entry, deeper);
        } catch (IOException e) {
            failed(lower, Optional.empty(), e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<TreeDirectory> decryptEntry(TreeDirectory directory, Entry entry, boolean deeper)
            throws ToolFailure {
        try {
            if (isReservedName(entry.plain())) {
                throw new SkippedEntryException("the name is reserved for " + NAME);
            }
            if (output.record().isVisited(entry.outputHash())) {
                throw new SkippedEntryException("another entry of the directory has the same decrypted name");
            }
            switch (entry.status().type()) {
                case DIRECTORY -> {
                    return directory(directory, entry, deeper);
                }
                case SYMLINK -> symlink(directory, entry);
                case REGULAR -> file(directory, entry);
                default -> throw new SkippedEntryException("devices, pipes and sockets are not copied");
            }
        } catch (SkippedEntryException e) {
            failed(entry, e.getMessage());
        } catch (OutputWriteException e) {
            stopIfFull(e);
            failed(entry, entry.plain() + " cannot be written: " + e.getMessage());
        } catch (IOException e) {
            failed(entry, e.getMessage());
        }
        return Optional.empty();
    }

    private static boolean isReservedName(TreePath plain) {
        return plain.parent().isEmpty()
                && (plain.name().equals(DecryptionRecord.NAME) || plain.name().equals(PartialFile.NAME));
    }

    private Optional<TreeDirectory> directory(TreeDirectory directory, Entry entry, boolean deeper)
            throws SkippedEntryException, ToolFailure, IOException {
        if (!deeper) {
            throw new SkippedEntryException("nested deeper than " + TreeWalk.MAX_DEPTH + " directories");
        }
        TreeDirectory lower = directory.openDirectory(entry.lower().name());
        boolean entered = false;
        try {
            enter(lower, entry);
            entered = true;
            return Optional.of(lower);
        } finally {
            if (!entered) {
                lower.close();
            }
        }
    }

    private void enter(TreeDirectory lower, Entry entry) throws SkippedEntryException, ToolFailure, IOException {
        FileName name = entry.plain().name();
        Optional<FileStatus> existing = currentOutput().status(name);
        if (existing.isPresent() && !existing.get().isDirectory()) {
            throw new SkippedEntryException(entry.plain() + " exists and is not a directory");
        }
        if (existing.isEmpty()) {
            create(name);
        }
        TreeDirectory opened = openOutput(name);
        boolean entered = false;
        try {
            FileStatus status = opened.status();
            boolean createdHere = existing.isEmpty() ? requireNotReplaced(entry, status) : isRecorded(entry, status);
            if (createdHere && existing.isPresent()) {
                opened.setMode(OWNER_ONLY);
            }
            Kind kind = createdHere ? Kind.DIRECTORY : Kind.EXISTING_DIRECTORY;
            if (existing.isEmpty() || output.record().at(entry.outputHash()).isEmpty()) {
                output.record()
                        .add(entry.outputHash(), CompletedEntry.of(kind, entry.lowerHash(), entry.status(), status));
            } else {
                output.record().visit(entry.outputHash());
            }
            outputs.push(name, opened);
            directories.push(new DirectoryState(
                    Optional.of(entry.lower()),
                    Optional.of(entry.plain()),
                    entry.lowerHash(),
                    entry.outputHash(),
                    lower.status(),
                    createdHere));
            entered = true;
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        } finally {
            if (!entered) {
                opened.close();
            }
        }
    }

    private TreeDirectory currentOutput() throws OutputWriteException {
        try {
            return outputs.deepest();
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    private void create(FileName name) throws OutputWriteException {
        try {
            outputs.deepest().createDirectory(name);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    private TreeDirectory openOutput(FileName name) throws OutputWriteException {
        try {
            return outputs.deepest().openDirectory(name);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** A user who owns the parent directory could have replaced the new directory. */
    private boolean requireNotReplaced(Entry entry, FileStatus status) throws SkippedEntryException {
        if (!output.isWritableHere(status)) {
            throw new SkippedEntryException(entry.plain() + " was replaced during its creation");
        }
        return true;
    }

    private boolean isRecorded(Entry entry, FileStatus status) throws TreeException {
        return output.record()
                .at(entry.outputHash())
                .filter(d -> d.kind() == Kind.DIRECTORY && d.lowerPath().equals(entry.lowerHash()))
                .filter(d -> !output.comparesInodes() || d.inode() == status.inode())
                .isPresent();
    }

    @Override
    public void leave() throws ToolFailure {
        DirectoryState left = directories.pop();
        try {
            leaveOutput(left);
            summary.directory();
        } catch (IOException e) {
            failed(left.lower().orElseThrow(), left.plain(), e.getMessage());
        }
    }

    /** Leaves the output directory, even if it cannot be reached any more. */
    private void leaveOutput(DirectoryState left) throws IOException {
        boolean reached = false;
        try {
            currentOutput();
            reached = true;
        } finally {
            if (!reached) {
                outputs.pop().ifPresent(TreeDirectory::close);
            }
        }
        try (TreeDirectory directory = outputs.pop().orElseThrow()) {
            if (left.createdHere()) {
                output.keepAttributes(directory, left.status());
            }
        }
    }

    @Override
    public void unreadable(TreeException failure) throws ToolFailure {
        DirectoryState place = place();
        TreePath lower = place.lower().orElseGet(() -> TreePath.of(Optional.empty(), FileName.of("(all)")));
        failed(lower, place.plain(), "cannot read its entries: " + failure.getMessage());
    }

    private void symlink(TreeDirectory directory, Entry entry) throws SkippedEntryException, ToolFailure, IOException {
        byte[] target = names.targetOf(directory, entry.lower().name());
        FileName name = entry.plain().name();
        TreeDirectory into = currentOutput();
        Optional<FileStatus> existing = into.status(name);
        if (existing.filter(FileStatus::isSymlink).isPresent() && Arrays.equals(into.readSymlink(name), target)) {
            output.record().visit(entry.outputHash());
            symlinkDone();
            return;
        }
        if (existing.isPresent() && !policy.force() && !isUnchangedOutput(entry, Kind.SYMLINK, existing.get())) {
            throw new SkippedEntryException(notOverwritten(entry));
        }
        output.placeSymlink(target, entry.status(), into, name);
        Optional<FileStatus> placed = into.status(name);
        if (placed.isPresent()) {
            recordCompleted(entry, Kind.SYMLINK, entry.status(), placed.get());
        }
        symlinkDone();
    }

    private void symlinkDone() {
        summary.symlink();
        progress.fileDone();
    }

    private boolean isUnchangedOutput(Entry entry, Kind kind, FileStatus existing) throws TreeException {
        return output.record()
                .at(entry.outputHash())
                .filter(d -> d.kind() == kind && d.lowerPath().equals(entry.lowerHash()))
                .filter(d -> d.isUnchanged(existing, output.comparesInodes()))
                .isPresent();
    }

    private void file(TreeDirectory directory, Entry entry) throws SkippedEntryException, ToolFailure, IOException {
        Optional<FileStatus> existing = currentOutput().status(entry.plain().name());
        if (existing.isPresent()) {
            boolean ours = isUnchangedOutput(entry, Kind.FILE, existing.get());
            if (ours
                    && output.record()
                            .at(entry.outputHash())
                            .filter(d -> d.isFrom(entry.status()))
                            .isPresent()) {
                output.record().visit(entry.outputHash());
                summary.upToDate();
                progress.advance(entry.status().size());
                progress.fileDone();
                return;
            }
            if (!ours && !policy.force()) {
                throw new SkippedEntryException(notOverwritten(entry));
            }
        }
        try (TreeFile opened = directory.openFile(entry.lower().name())) {
            FileStatus status = opened.status();
            Optional<LowerFile> file = LowerFile.of(opened);
            if (file.isPresent()) {
                decrypt(file.get(), entry, status);
            } else {
                copy(opened, entry, status);
            }
        }
    }

    private void decrypt(LowerFile file, Entry entry, FileStatus status)
            throws SkippedEntryException, ToolFailure, IOException {
        try (DecryptedContent contents = names.keys().contents(file)) {
            contents.requireWhole();
            try (PartialFile part = PartialFile.create(output.top())) {
                long at = 0;
                while (at < contents.size()) {
                    long data = contents.nextData(at);
                    part.skip(data - at);
                    contents.read(data, buffer.clear());
                    at = data + buffer.flip().remaining();
                    append(part, buffer);
                }
                place(part, entry, status);
                summary.decrypted(part.size());
            }
        }
    }

    /** An empty lower file remains from a crash during its creation; the kernel shows it as an empty file. */
    private void copy(TreeFile file, Entry entry, FileStatus status)
            throws SkippedEntryException, ToolFailure, IOException {
        boolean empty = status.size() == 0;
        if (!policy.passthrough() && !empty) {
            throw new SkippedEntryException(
                    "not an eCryptfs file: it has no header; --passthrough copies it" + " unchanged");
        }
        try (PartialFile part = PartialFile.create(output.top())) {
            long size = status.size();
            long at = 0;
            while (at < size) {
                long data = Math.min(size, file.nextData(at).orElse(size));
                part.skip(data - at);
                at = data;
                buffer.clear().limit((int) Math.min(buffer.capacity(), size - at));
                if (buffer.hasRemaining() && file.read(at, buffer) == 0) {
                    throw new SkippedEntryException("it became shorter during the copy");
                }
                at += buffer.flip().remaining();
                append(part, buffer);
            }
            place(part, entry, status);
            if (empty) {
                summary.empty();
            } else {
                summary.copied(part.size());
            }
        }
    }

    private void append(PartialFile part, ByteBuffer bytes) throws OutputWriteException {
        int count = bytes.remaining();
        part.append(bytes);
        progress.advance(count);
    }

    /** The record gets the status after the rename, which changes the inode change time. */
    private void place(PartialFile part, Entry entry, FileStatus status) throws ToolFailure, IOException {
        part.complete();
        output.keepAttributes(part.file(), status);
        part.place(currentOutput(), entry.plain().name());
        recordCompleted(entry, Kind.FILE, status, part.file().status());
        progress.fileDone();
    }

    private void recordCompleted(Entry entry, Kind kind, FileStatus lower, FileStatus placed)
            throws ToolFailure, OutputWriteException {
        try {
            output.record().add(entry.outputHash(), CompletedEntry.of(kind, entry.lowerHash(), lower, placed));
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    private static String notOverwritten(Entry entry) {
        return entry.plain() + " exists and was not written by " + NAME + ", or was changed afterwards;"
                + " --force overwrites it";
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

    private DirectoryState place() {
        return directories.getFirst();
    }

    private void failed(Entry entry, String reason) {
        failed(entry.lower(), Optional.of(entry.plain()), reason);
    }

    private void failed(TreePath lower, Optional<TreePath> plain, String reason) {
        String file = lower.toString();
        String name = plain.map(TreePath::toString).orElse("");
        progress.hide();
        System.err.println(
                NAME + ": " + file + (name.isEmpty() || name.equals(file) ? "" : " (" + name + ")") + ": " + reason);
        summary.failed(file, name, reason);
        progress.fileDone();
    }
}
