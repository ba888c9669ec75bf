package org.ecryptfsj.tools.offline;

import org.ecryptfsj.linux.FileStatus;

/**
 * An entry of a lower directory and its place in the output.
 *
 * @param lower lower path
 * @param plain output path
 * @param lowerHash hash of the lower path
 * @param outputHash hash of the output path
 * @param status status of the lower entry
 */
record TreeEntry(TreePath lower, TreePath plain, PathHash lowerHash, PathHash outputHash, FileStatus status) {}
