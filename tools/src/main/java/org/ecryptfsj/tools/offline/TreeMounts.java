package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.MountTable;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;

/**
 * The eCryptfs mounts whose lower directory contains a directory or is in it, as far as this process sees mounts.
 *
 * @param entries the mounts
 */
record TreeMounts(List<MountTable.Entry> entries) {
    TreeMounts {
        entries = List.copyOf(entries);
    }

    /**
     * Finds them. Directories are compared when they are open, not by their paths. A mount whose lower directory root cannot follow
     * safely counts as one of them.
     *
     * @param mounts the eCryptfs mounts
     * @throws ToolFailure if the directory is in a mount: its files are decrypted there
     */
    static TreeMounts of(TreeDirectory tree, FileTrees trees, List<MountTable.Entry> mounts)
            throws ToolFailure, IOException {
        List<MountTable.Entry> found = new ArrayList<>();
        for (MountTable.Entry mount : mounts) {
            try (TreeDirectory point = trees.directory(ByteText.encode(mount.target()))) {
                if (point.status().device() == tree.status().device()) {
                    throw new ToolFailure(
                            ToolFailure.EINVAL,
                            "the directory is in the mount at " + mount.target() + ", where files are decrypted",
                            "name the lower directory, " + mount.source());
                }
            } catch (TreeException e) {
                skipped(mount.target(), e);
            }
            try (TreeDirectory lower = trees.directory(ByteText.encode(mount.source()))) {
                if (isWithin(tree, lower.status()) || isWithin(lower, tree.status())) {
                    found.add(mount);
                }
            } catch (TreeException e) {
                if (e.reason() == TreeException.Reason.NOT_TRUSTED) {
                    found.add(mount);
                }
                skipped(mount.source(), e);
            }
        }
        return new TreeMounts(found);
    }

    /** A directory that cannot be opened is another user's: none of its files can be changed either. */
    private static void skipped(String directory, TreeException e) {
        System.getLogger(TreeMounts.class.getName())
                .log(System.Logger.Level.DEBUG, "cannot open " + directory + ", a mount's directory", e);
    }

    private static boolean isWithin(TreeDirectory directory, FileStatus ancestor) throws TreeException {
        FileStatus status = directory.status();
        TreeDirectory current = directory;
        try {
            while (!status.isSameFile(ancestor)) {
                TreeDirectory parent = current.parent();
                if (current != directory) {
                    current.close();
                }
                current = parent;
                FileStatus above = parent.status();
                if (above.isSameFile(status)) {
                    return false;
                }
                status = above;
            }
            return true;
        } finally {
            if (current != directory) {
                current.close();
            }
        }
    }

    /** Whether there is none. */
    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Where the first one is. */
    String mountPoint() {
        return entries.get(0).target();
    }

    /** Whether one of them uses a key for contents. */
    boolean use(Signature key) {
        return entries.stream().anyMatch(mount -> mount.values("ecryptfs_sig").contains(key.hex()));
    }
}
