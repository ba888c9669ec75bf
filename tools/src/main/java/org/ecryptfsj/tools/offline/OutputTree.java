package org.ecryptfsj.tools.offline;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.DecryptionRecord.FinalOwner;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.NameRules;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeException.Reason;
import org.ecryptfsj.tree.TreeFile;

/**
 * The output directory of ecryptfs-decrypt. During a run of root it belongs to root and only root can enter it. At the
 * end it gets its previous owner or, if it is new, the owner of the lower directory. A killed run leaves it to root;
 * the next run restores the owner.
 */
final class OutputTree implements AutoCloseable {
    private static final int OWNER_ONLY = 0700;
    private static final int ROOT = 0;

    /** Neither setuid nor setgid. */
    private static final int MODE = 01777;

    private final TreeDirectory top;
    private final boolean root;
    private final int user;
    private final NameRules names;
    private final PartialFiles partialFiles;
    private final AtomicLong attributesNotKept = new AtomicLong();
    private DecryptionRecord record;
    private boolean storesModes = true;
    private Optional<FinalOwner> restoreOwner = Optional.empty();

    private OutputTree(FileTrees.Output output, boolean root) {
        this.top = output.directory();
        this.root = root;
        this.user = output.user();
        this.names = output.names();
        this.partialFiles = new PartialFiles(top);
    }

    /**
     * Opens or creates the directory.
     *
     * @param path bytes of the path
     * @param lower the lower directory
     * @param force whether an invalid record is replaced
     * @throws ToolFailure if the directory cannot be used
     */
    static OutputTree open(FileTrees trees, byte[] path, TreeDirectory lower, boolean force) throws ToolFailure {
        FileTrees.Output output = output(trees, path, lower);
        OutputTree tree = new OutputTree(output, trees.isRoot());
        boolean open = false;
        try {
            tree.record = tree.openRecord(force);
            if (tree.root) {
                tree.takeOwnership(restoreOwner(output, lower.status()));
            }
            tree.partialFiles.removeLeftovers();
            open = true;
            return tree;
        } catch (TreeException e) {
            throw cannotBeUsed(path, e);
        } finally {
            if (!open) {
                tree.close();
            }
        }
    }

    private static FileTrees.Output output(FileTrees trees, byte[] path, TreeDirectory lower) throws ToolFailure {
        try {
            return trees.output(path, lower);
        } catch (TreeException e) {
            throw cannotBeUsed(path, e);
        }
    }

    private static ToolFailure cannotBeUsed(byte[] path, TreeException e) {
        String advice =
                switch (e.reason()) {
                    case NOT_TRUSTED ->
                        "name an output directory below directories of root, such as /root/decrypted, and"
                                + " move it afterwards; or run this command as the user";
                    case EXISTS -> "name an output directory outside the lower directory";
                    default -> "name another output directory";
                };
        return new ToolFailure(
                ToolFailure.EINVAL, FileName.printable(path) + " cannot be written to: " + e.getMessage(), advice);
    }

    private static FinalOwner restoreOwner(FileTrees.Output output, FileStatus lower) {
        FileStatus before = output.before();
        return output.made()
                ? new FinalOwner(lower.uid(), lower.gid(), OWNER_ONLY)
                : new FinalOwner(before.uid(), before.gid(), before.mode() & MODE);
    }

    /** Uses a record only if it is a regular file of this user that no other user can have written. */
    private DecryptionRecord openRecord(boolean force) throws ToolFailure, TreeException {
        long inode = top.status().inode();
        if (top.status(DecryptionRecord.NAME).isEmpty()) {
            return beginRecord(inode);
        }
        try {
            TreeFile file = top.openForWriting(DecryptionRecord.NAME);
            boolean own = false;
            try {
                requireOwn(file);
                own = true;
            } finally {
                if (!own) {
                    file.close();
                }
            }
            return DecryptionRecord.read(file, inode, root && storesModes);
        } catch (TreeException e) {
            if (!force) {
                throw DecryptionRecord.refused(e.getMessage());
            }
        } catch (ToolFailure e) {
            if (!force) {
                throw e;
            }
        }
        top.remove(DecryptionRecord.NAME);
        return beginRecord(inode);
    }

    private DecryptionRecord beginRecord(long inode) throws ToolFailure, TreeException {
        TreeFile file = top.create(DecryptionRecord.NAME);
        storesModes = (file.status().mode() & FileStatus.OTHERS) == 0;
        return DecryptionRecord.begin(file, inode);
    }

    private void requireOwn(TreeFile file) throws ToolFailure, TreeException {
        FileStatus status = file.status();
        if (status.uid() != user) {
            throw DecryptionRecord.refused("its owner is user " + Integer.toUnsignedString(status.uid()));
        }
        if (status.links() != 1) {
            throw DecryptionRecord.refused("it has " + status.links() + " hard links");
        }
        if ((status.mode() & FileStatus.OTHERS) != 0) {
            storesModes = hasModes();
            if (storesModes || status.othersMayWrite()) {
                throw DecryptionRecord.refused("its mode is " + Integer.toOctalString(status.mode()) + ", not 600");
            }
        }
    }

    /** Whether the file system stores modes, tested with a file. */
    private boolean hasModes() throws TreeException {
        top.remove(PartialFiles.NAME);
        try (TreeFile probe = top.create(PartialFiles.NAME)) {
            return (probe.status().mode() & FileStatus.OTHERS) == 0;
        } finally {
            top.remove(PartialFiles.NAME);
        }
    }

    /** Makes root the owner and closes the directory for all others. */
    private void takeOwnership(FinalOwner atTheEnd) throws TreeException {
        FinalOwner to = record.pending().orElse(atTheEnd);
        record.setPending(to);
        top.setOwner(ROOT, ROOT);
        if (storesModes) {
            top.setMode(OWNER_ONLY);
        }
        FileStatus status = top.status();
        if (status.uid() != ROOT || status.othersMayWrite()) {
            throw new TreeException(
                    Reason.NOT_TRUSTED, "its file system cannot set the owner to root, so other users could change it");
        }
        restoreOwner = Optional.of(to);
    }

    /** The directory. */
    TreeDirectory top() {
        return top;
    }

    /** The names that its file system can have. */
    NameRules names() {
        return names;
    }

    /** The files in it that are being written. */
    PartialFiles partialFiles() {
        return partialFiles;
    }

    /** The record of completed files. */
    DecryptionRecord record() {
        return record;
    }

    /**
     * Whether inodes are compared with the record: for root, because the owner of a file could have reset its times.
     */
    boolean comparesInodes() {
        return root && storesModes;
    }

    /** Whether this process may write to a directory in the output and set its attributes. */
    boolean isWritableHere(FileStatus directory) {
        return !root || directory.uid() == ROOT;
    }

    /** The number of files and directories whose owner, mode or time could not be set. */
    long attributesNotKept() {
        return attributesNotKept.get();
    }

    /**
     * Copies owner, mode and time from the lower file. Counts attributes that the file system does not support. Called by several
     * threads.
     *
     * @return the new status
     */
    FileStatus keepAttributes(TreeFile file, FileStatus lower) throws OutputWriteException {
        try {
            boolean kept = !root || setIfSupported(() -> file.setOwner(lower.uid(), lower.gid()));
            kept &= setIfSupported(() -> file.setMode(mode(lower)));
            kept &= setIfSupported(() -> file.setModified(lower.modified()));
            return countIfNotKept(kept, file.status(), lower);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** Copies owner, mode and time from the lower directory. */
    void keepAttributes(TreeDirectory directory, FileStatus lower) throws OutputWriteException {
        try {
            boolean kept = !root || setIfSupported(() -> directory.setOwner(lower.uid(), lower.gid()));
            kept &= setIfSupported(() -> directory.setMode(mode(lower)));
            kept &= setIfSupported(() -> directory.setModified(lower.modified()));
            countIfNotKept(kept, directory.status(), lower);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** Creates a symbolic link under the temporary name and renames it to its final name. */
    void placeSymlink(byte[] target, FileStatus lower, TreeDirectory directory, FileName name)
            throws OutputWriteException {
        try {
            top.remove(PartialFiles.NAME);
            top.createSymlink(PartialFiles.NAME, target);
            boolean kept = !root || setIfSupported(() -> top.setOwner(PartialFiles.NAME, lower.uid(), lower.gid()));
            attributesNotKept.addAndGet(kept ? 0 : 1);
            top.rename(PartialFiles.NAME, directory, name);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    private static int mode(FileStatus lower) {
        return lower.mode() & MODE;
    }

    private FileStatus countIfNotKept(boolean set, FileStatus now, FileStatus lower) {
        boolean kept =
                set && now.mode() == mode(lower) && (!root || (now.uid() == lower.uid() && now.gid() == lower.gid()));
        attributesNotKept.addAndGet(kept ? 0 : 1);
        return now;
    }

    /** Sets an attribute. */
    @FunctionalInterface
    private interface Setting {
        void run() throws TreeException;
    }

    private static boolean setIfSupported(Setting setting) throws TreeException {
        try {
            setting.run();
            return true;
        } catch (TreeException e) {
            if (e.reason() == Reason.NOT_SUPPORTED) {
                return false;
            }
            throw e;
        }
    }

    /** Gives the directory its final owner and mode. */
    void restoreOwner() throws TreeException {
        if (restoreOwner.isPresent()) {
            FinalOwner to = restoreOwner.get();
            restoreOwner = Optional.empty();
            setIfSupported(() -> top.setOwner(to.uid(), to.gid()));
            setIfSupported(() -> top.setMode(to.mode()));
            record.clearPending();
        }
    }

    /** Closes the directory. Without {@link #restoreOwner} it remains root's. */
    @Override
    public void close() {
        if (record != null) {
            record.close();
        }
        top.close();
    }
}
