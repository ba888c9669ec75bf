package org.ecryptfsj.tools.doctor;

import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeWalk;

/** Counts the long encrypted names of a tree (docs/spec/file-format.md, section 5). Reads directories only. */
final class LongNames implements TreeWalk.Visitor<LongNames.LimitReached> {
    /** The most entries that are looked at. */
    static final int MOST_ENTRIES = 100_000;

    /** An encrypted name with the next smaller number of cipher blocks has this many bytes: at most 127 plain bytes. */
    private static final int ENCRYPTED_127 = 232;

    private int entries;
    private int count;

    /** Ends a walk of a tree with too many entries. */
    static final class LimitReached extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** The names with more than 127 plain bytes. */
    int count() {
        return count;
    }

    @Override
    public Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) throws LimitReached {
        entries++;
        if (entries > MOST_ENTRIES) {
            throw new LimitReached();
        }
        if (name.length() > ENCRYPTED_127) {
            count++;
        }
        try {
            boolean isDirectory =
                    directory.status(name).filter(FileStatus::isDirectory).isPresent();
            return isDirectory && deeper ? Optional.of(directory.openDirectory(name)) : Optional.empty();
        } catch (TreeException e) {
            return Optional.empty();
        }
    }

    @Override
    public void leave() {
        // Nothing is kept of a directory.
    }

    @Override
    public void unreadable(TreeException failure) {
        // What cannot be read has no names to count.
    }
}
