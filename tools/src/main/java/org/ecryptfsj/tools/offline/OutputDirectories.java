package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.CompletedEntry.Kind;
import org.ecryptfsj.tree.DirectoryStack;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;

/** The output directories from the top down to the current one of the walk, which this creates. */
final class OutputDirectories implements AutoCloseable {
    private static final int OWNER_ONLY = 0700;

    private final OutputTree output;
    private final CompletedOutputs completed;
    private final DirectoryStack stack;
    private final Deque<DirectoryPair> pairs = new ArrayDeque<>();

    /** @param lower status of the lower directory */
    OutputDirectories(OutputTree output, CompletedOutputs completed, FileStatus lower) throws TreeException {
        this.output = output;
        this.completed = completed;
        this.stack = new DirectoryStack(output.top());
        pairs.push(DirectoryPair.top(lower));
    }

    /** The current directory with its lower directory. */
    DirectoryPair currentPair() {
        return pairs.getFirst();
    }

    /** The current directory. */
    TreeDirectory current() throws OutputWriteException {
        try {
            return stack.deepest();
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /**
     * Enters the output directory of an entry; creates it if it does not exist.
     *
     * @param lower the entry, opened
     * @throws SkippedEntryException if there is another file of that name
     */
    void enter(TreeDirectory lower, TreeEntry entry) throws SkippedEntryException, ToolFailure, IOException {
        FileName name = entry.plain().name();
        Optional<FileStatus> existing = current().status(name);
        if (existing.isPresent() && !existing.get().isDirectory()) {
            throw new SkippedEntryException(entry.plain() + " exists and is not a directory");
        }
        if (existing.isEmpty()) {
            create(name);
        }
        TreeDirectory opened = open(name);
        boolean entered = false;
        try {
            boolean createdHere = prepare(opened, entry, existing.isEmpty());
            DirectoryPair pair = DirectoryPair.of(entry, lower.status(), createdHere);
            stack.push(name, opened);
            pairs.push(pair);
            entered = true;
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        } finally {
            if (!entered) {
                opened.close();
            }
        }
    }

    /** Records the directory, and makes it writable if this program created it, which is the result. */
    private boolean prepare(TreeDirectory opened, TreeEntry entry, boolean isNew)
            throws SkippedEntryException, ToolFailure, OutputWriteException, TreeException {
        FileStatus status = opened.status();
        if (isNew) {
            requireNotReplaced(entry, status);
            completed.add(entry, Kind.DIRECTORY, entry.status(), status);
            return true;
        }
        boolean createdHere = completed.isOwnDirectory(entry, status);
        if (createdHere) {
            opened.setMode(OWNER_ONLY);
        }
        if (completed.isRecorded(entry)) {
            completed.visit(entry);
        } else {
            completed.add(entry, Kind.EXISTING_DIRECTORY, entry.status(), status);
        }
        return createdHere;
    }

    /** A user who owns the parent directory could have replaced the new directory. */
    private void requireNotReplaced(TreeEntry entry, FileStatus status) throws SkippedEntryException {
        if (!output.isWritableHere(status)) {
            throw new SkippedEntryException(entry.plain() + " was replaced during its creation");
        }
    }

    private void create(FileName name) throws OutputWriteException {
        try {
            stack.deepest().createDirectory(name);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    private TreeDirectory open(FileName name) throws OutputWriteException {
        try {
            return stack.deepest().openDirectory(name);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** How many directories are below the top. */
    int depth() {
        return stack.depth();
    }

    /**
     * Leaves the current directory, even if it cannot be reached any more.
     *
     * @return the directory; closed by the caller
     */
    TreeDirectory leave() throws IOException {
        pairs.pop();
        boolean reached = false;
        try {
            current();
            reached = true;
        } finally {
            if (!reached) {
                stack.pop().ifPresent(TreeDirectory::close);
            }
        }
        return stack.pop().orElseThrow();
    }

    /** Sets the attributes of a directory that was left, when all its files are in it. */
    void complete(DirectoryPair left, TreeDirectory directory) throws OutputWriteException {
        if (left.createdHere()) {
            output.keepAttributes(directory, left.status());
        }
    }

    /** Closes all directories except the top. */
    @Override
    public void close() {
        stack.close();
    }
}
