package org.ecryptfsj.tools.offline;

import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.offline.DecryptionRecord.FinalOwner;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeException.Reason;
import org.ecryptfsj.tree.TreeFile;

/**
 * The output directory of ecryptfs-decrypt. While root works in it, it is root's and nobody else can enter it, whoever owns what
 * is in it; at the end it is given to its owner: the one it had, or if it was made, the lower directory's. A run that is killed
 * leaves it to root, and the next one gives it back.
 */
final class OutputTree implements AutoCloseable {
    private static final int OWNER_ONLY = 0700;
    private static final int ROOT = 0;

    /** Neither setuid nor setgid. */
    private static final int MODE = 01777;

    private final TreeDirectory top;
    private final boolean root;
    private DecryptionRecord record;
    private boolean storesModes = true;
    private Optional<FinalOwner> restoreOwner = Optional.empty();
    private long attributesNotKept;

    private OutputTree(TreeDirectory top, boolean root) {
        this.top = top;
        this.root = root;
    }

    /**
     * Opens the directory, or makes it.
     *
     * @param path its bytes
     * @param lower the lower directory
     * @param force whether a record that cannot be used is replaced
     * @throws ToolFailure if the directory is not to be written to
     */
    static OutputTree open(FileTrees trees, byte[] path, TreeDirectory lower, boolean force) throws ToolFailure {
        FileTrees.Output output = output(trees, path, lower);
        OutputTree tree = new OutputTree(output.directory(), trees.isRoot());
        boolean open = false;
        try {
            tree.record = tree.openRecord(force);
            if (tree.root) {
                tree.takeOwnership(restoreOwner(output, lower.status()));
            }
            tree.top.remove(PartialFile.NAME);
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
                        "name an output directory below directories of root's, such as /root/decrypted, and move it"
                                + " afterwards; or run this as the user";
                    case EXISTS -> "name an output directory outside the lower directory";
                    default -> "name another output directory";
                };
        return new ToolFailure(
                ToolFailure.EINVAL, FileName.shown(path) + " cannot be written to: " + e.getMessage(), advice);
    }

    private static FinalOwner restoreOwner(FileTrees.Output output, FileStatus lower) {
        FileStatus before = output.before();
        return output.made()
                ? new FinalOwner(lower.uid(), lower.gid(), OWNER_ONLY)
                : new FinalOwner(before.uid(), before.gid(), before.mode() & MODE);
    }

    /** A record is taken only as this process's own regular file, which nobody else can have written to. */
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
        int self = Account.effectiveUid();
        if (status.uid() != self) {
            throw DecryptionRecord.refused("it belongs to user " + Integer.toUnsignedString(status.uid()));
        }
        if (status.links() != 1) {
            throw DecryptionRecord.refused("it has " + status.links() + " names");
        }
        if ((status.mode() & FileStatus.OTHERS) != 0) {
            storesModes = hasModes();
            if (storesModes || status.othersMayWrite()) {
                throw DecryptionRecord.refused("its mode is " + Integer.toOctalString(status.mode()) + ", not 600");
            }
        }
    }

    /** Whether the file system has modes: a file that is made for its owner alone tells. */
    private boolean hasModes() throws TreeException {
        top.remove(PartialFile.NAME);
        try (TreeFile probe = top.create(PartialFile.NAME)) {
            return (probe.status().mode() & FileStatus.OTHERS) == 0;
        } finally {
            top.remove(PartialFile.NAME);
        }
    }

    /** Shuts everybody else out. */
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
                    Reason.NOT_TRUSTED, "it cannot be made root's own on its file system, so others could change it");
        }
        restoreOwner = Optional.of(to);
    }

    /** The directory. */
    TreeDirectory top() {
        return top;
    }

    /** What is complete in it. */
    DecryptionRecord record() {
        return record;
    }

    /**
     * Whether what the record says of an output holds only if its inode has not changed either: root believes it of files
     * whose owner could have set times back.
     */
    boolean comparesInodes() {
        return root && storesModes;
    }

    /** Whether a directory that was made or found may be filled and get attributes. */
    boolean isWritableHere(FileStatus directory) {
        return !root || directory.uid() == ROOT;
    }

    /** How many files and directories did not get owner, mode or time, because the file system has none. */
    long attributesNotKept() {
        return attributesNotKept;
    }

    /**
     * Gives a file owner, mode and time of the lower one. What the file system cannot keep is counted.
     *
     * @return its status then
     */
    FileStatus keepAttributes(TreeFile file, FileStatus lower) throws OutputWriteException {
        try {
            boolean kept = !root || setIfSupported(() -> file.setOwner(lower.uid(), lower.gid()));
            kept &= setIfSupported(() -> file.setMode(mode(lower)));
            kept &= setIfSupported(() -> file.setModified(lower.modified()));
            return countKept(kept, file.status(), lower);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** The same for a directory. */
    void keepAttributes(TreeDirectory directory, FileStatus lower) throws OutputWriteException {
        try {
            boolean kept = !root || setIfSupported(() -> directory.setOwner(lower.uid(), lower.gid()));
            kept &= setIfSupported(() -> directory.setMode(mode(lower)));
            kept &= setIfSupported(() -> directory.setModified(lower.modified()));
            countKept(kept, directory.status(), lower);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    /** A symbolic link, made under the name of the unfinished file and moved into its place at once. */
    void placeSymlink(byte[] target, FileStatus lower, TreeDirectory directory, FileName name) throws OutputWriteException {
        try {
            top.remove(PartialFile.NAME);
            top.createSymlink(PartialFile.NAME, target);
            boolean kept = !root || setIfSupported(() -> top.setOwner(PartialFile.NAME, lower.uid(), lower.gid()));
            attributesNotKept += kept ? 0 : 1;
            top.rename(PartialFile.NAME, directory, name);
        } catch (TreeException e) {
            throw new OutputWriteException(e);
        }
    }

    private static int mode(FileStatus lower) {
        return lower.mode() & MODE;
    }

    private FileStatus countKept(boolean set, FileStatus now, FileStatus lower) {
        boolean kept =
                set && now.mode() == mode(lower) && (!root || (now.uid() == lower.uid() && now.gid() == lower.gid()));
        attributesNotKept += kept ? 0 : 1;
        return now;
    }

    /** A call that sets an attribute. */
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

    /** Gives the directory to its owner. */
    void restoreOwner() throws TreeException {
        if (restoreOwner.isPresent()) {
            FinalOwner to = restoreOwner.get();
            restoreOwner = Optional.empty();
            setIfSupported(() -> top.setOwner(to.uid(), to.gid()));
            setIfSupported(() -> top.setMode(to.mode()));
            record.clearPending();
        }
    }

    /** Closes it; what was taken and not handed over stays root's. */
    @Override
    public void close() {
        if (record != null) {
            record.close();
        }
        top.close();
    }
}
