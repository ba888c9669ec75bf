package org.ecryptfsj.tools.offline;

import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;

/**
 * A lower directory and its output directory.
 *
 * @param lower lower path; empty at the top
 * @param plain output path; empty at the top
 * @param lowerHash hash of the lower path
 * @param outputHash hash of the output path
 * @param status status of the lower directory
 * @param createdHere whether this program created the output directory and sets its attributes
 */
record DirectoryPair(
        Optional<TreePath> lower,
        Optional<TreePath> plain,
        PathHash lowerHash,
        PathHash outputHash,
        FileStatus status,
        boolean createdHere) {
    /** The top of both trees. */
    static DirectoryPair top(FileStatus lower) {
        return new DirectoryPair(Optional.empty(), Optional.empty(), PathHash.TOP, PathHash.TOP, lower, false);
    }

    /**
     * An entry as a directory.
     *
     * @param status status of the lower directory when it was opened
     */
    static DirectoryPair of(TreeEntry entry, FileStatus status, boolean createdHere) {
        return new DirectoryPair(
                Optional.of(entry.lower()),
                Optional.of(entry.plain()),
                entry.lowerHash(),
                entry.outputHash(),
                status,
                createdHere);
    }

    /** The lower path of an entry. */
    TreePath lowerPath(FileName name) {
        return TreePath.of(lower, name);
    }

    /**
     * An entry of these directories.
     *
     * @param name lower name
     * @param plainName output name
     */
    TreeEntry entry(FileName name, FileName plainName, FileStatus entryStatus) {
        return entry(name, plainName, plainName, entryStatus);
    }

    /**
     * The same where several output names are the same file.
     *
     * @param identity equal for all those names
     */
    TreeEntry entry(FileName name, FileName plainName, FileName identity, FileStatus entryStatus) {
        return new TreeEntry(
                lowerPath(name),
                TreePath.of(plain, plainName),
                lowerHash.of(name),
                outputHash.of(identity),
                entryStatus);
    }
}
