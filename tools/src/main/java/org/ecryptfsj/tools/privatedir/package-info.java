/**
 * A user's private directory: {@code mount.ecryptfs_private} and {@code umount.ecryptfs_private} (docs/spec/mount.md,
 * section 7).
 *
 * <p>With them a user mounts what otherwise only root can mount, so nothing here trusts the user: files are read and
 * paths are resolved with the user's privileges, the checked directory is the one that is mounted on, and root's
 * privileges are raised for one system call only.
 */
package org.ecryptfsj.tools.privatedir;
