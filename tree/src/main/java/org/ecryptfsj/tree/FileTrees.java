package org.ecryptfsj.tree;

import org.ecryptfsj.linux.FileStatus;

/**
 * Opens the files and directories that a command line names. A path is resolved once, here; from then on the opened file is
 * used. Paths are bytes, and may be relative.
 */
public interface FileTrees {
    /** A directory to read from. */
    TreeDirectory directory(byte[] path) throws TreeException;

    /**
     * A regular file to read.
     *
     * @throws TreeException NOT_A_FILE for anything else
     */
    TreeFile file(byte[] path) throws TreeException;

    /**
     * A directory to write to; missing directories of the path are created, for this process's user only.
     *
     * @param outside a directory that it must not contain and must not be in
     * @throws TreeException NOT_TRUSTED if this process is root, and others could replace the directory or an ancestor; EXISTS
     *     if one contains the other
     */
    Output output(byte[] path, TreeDirectory outside) throws TreeException;

    /** Whether this process is root, and may give files to other users. */
    boolean isRoot();

    /**
     * A directory to write to.
     *
     * @param directory closed by the caller
     * @param before its status when it was found or created
     * @param made whether it was created
     * @param user the owner of new files in it, this process's user
     * @param names the names that its file system can have
     */
    record Output(TreeDirectory directory, FileStatus before, boolean made, int user, NameRules names) {}
}
