/**
 * A user's private directory: {@code mount.ecryptfs_private} and {@code umount.ecryptfs_private} (docs/spec/mount.md, section 7).
 *
 * <p>A user mounts with them what only root may mount, so nothing here trusts the user: files are read and paths are walked
 * as the user, what was checked is what is mounted on, and root's rights are lent for the one system call that needs them.
 */
package org.ecryptfsj.tools.privatedir;
