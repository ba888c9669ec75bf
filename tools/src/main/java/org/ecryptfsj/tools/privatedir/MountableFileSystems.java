package org.ecryptfsj.tools.privatedir;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The file systems on which a user's mount point is allowed, by magic number (docs/spec/mount.md, section 7;
 * statfs(2)): file systems for users' files, but not proc and others whose directories are interfaces.
 */
final class MountableFileSystems {
    /** eCryptfs itself. */
    static final long ECRYPTFS = 0xF15FL;

    private static final Set<Long> ALLOWED = Set.of(
            ECRYPTFS,
            0x61756673L, // aufs
            0x9123683EL, // btrfs
            0x00C36400L, // ceph
            0xFF534D42L, // cifs
            0xEF53L, // ext2, ext3, ext4
            0xF2F52010L, // f2fs
            0x65735546L, // fuse
            0x01161970L, // gfs2
            0x3153464AL, // jfs
            0x72B6L, // jffs2
            0x564CL, // ncp
            0x6969L, // nfs
            0x3434L, // nilfs2
            0x5346544EL, // ntfs
            0x794C7630L, // overlay
            0x52654973L, // reiserfs
            0x73717368L, // squashfs
            0x01021994L, // tmpfs
            0x24051905L, // ubifs
            0x58465342L, // xfs
            0x2FC12FC1L); // zfs

    /**
     * Further file systems for users' files, with their names in mount(8) (linux/magic.h; for bcachefs and ntfs3 the
     * kernel's source).
     */
    private static final Map<Long, String> ALLOWED_BY_ADMINISTRATOR = Map.of(
            0xCA451A4EL, "bcachefs",
            0xFE534D42L, "SMB 2 or 3",
            0x01021997L, "9p",
            0x4D44L, "vfat",
            0x2011BAB0L, "exfat",
            0x7366746EL, "ntfs3",
            0x5346414FL, "afs",
            0x858458F6L, "ramfs");

    private MountableFileSystems() {}

    /**
     * The name of a file system on which only an administrator can allow a mount point; empty for all others.
     */
    static Optional<String> administratorMayAllow(long magic) {
        return Optional.ofNullable(ALLOWED_BY_ADMINISTRATOR.get(magic));
    }

    static boolean mayHoldMountPoint(long magic) {
        return ALLOWED.contains(magic);
    }
}
