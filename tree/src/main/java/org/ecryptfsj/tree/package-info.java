/**
 * Trees of files that belong to somebody else, who may change them at any time: the one way to a user's files for programs
 * that may run as root.
 *
 * <p>Start at {@link org.ecryptfsj.tree.FileTrees}, which opens the directory or file that a command line names. From there on
 * everything is reached through {@link org.ecryptfsj.tree.TreeDirectory} and {@link org.ecryptfsj.tree.TreeFile}, one name at a
 * time: no symbolic link is followed, no path is used twice, and type, owner and mode are those of what was opened. {@link
 * org.ecryptfsj.tree.DirectoryStack} and {@link org.ecryptfsj.tree.DirectoryListing} walk trees of any depth and size in
 * bounded memory and with few descriptors.
 *
 * <p>{@link org.ecryptfsj.tree.DescriptorTrees} does so through the kernel's calls by descriptor. The interfaces promise
 * nothing that only it could keep, except where they say so.
 */
package org.ecryptfsj.tree;
