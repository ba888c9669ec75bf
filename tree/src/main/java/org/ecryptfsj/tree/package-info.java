/**
 * Trees of files that belong to other users, who may change them at any time: programs that may run as root use a user's files
 * only through this package.
 *
 * <p>Start at {@link org.ecryptfsj.tree.FileTrees}, which opens the directory or file that a command line names. From there on
 * files are opened through {@link org.ecryptfsj.tree.TreeDirectory} and {@link org.ecryptfsj.tree.TreeFile}, one name at a
 * time: no symbolic link is followed, no path is used twice, and type, owner and mode are those of the opened file. {@link
 * org.ecryptfsj.tree.DirectoryStack} and {@link org.ecryptfsj.tree.DirectoryListing} walk trees of any depth and size in
 * bounded memory and with few descriptors. {@link org.ecryptfsj.tree.Trust} checks owners and permissions; {@link
 * org.ecryptfsj.tree.AtomicFileWriter} writes files.
 *
 * <p>{@link org.ecryptfsj.tree.DescriptorTrees} implements the interfaces with system calls on descriptors.
 */
package org.ecryptfsj.tree;
