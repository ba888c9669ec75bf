package org.ecryptfsj.tree;

import org.ecryptfsj.linux.FileStatus;

/**
 * Opens what a command line names. A path is walked once, here; what was opened is used from then on. Paths are bytes, and may
 * be relative.
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
     * A directory to write to; what is missing of the path is made, for this process's user alone.
     *
     * @param outside a directory of the same kind, which it must not contain and must not be in
     * @throws TreeException NOT_TRUSTED if this process is root, and others could exchange the directory or one above; EXISTS
     *     if one of both contains the other
     */
    Output output(byte[] path, TreeDirectory outside) throws TreeException;

    /** Whether this process may give files to other users. */
    boolean isRoot();

    /**
     * A directory to write to.
     *
     * @param directory closed by the caller
     * @param before its status when it was found, or made
     * @param made whether it was made
     */
    record Output(TreeDirectory directory, FileStatus before, boolean made) {}
}
