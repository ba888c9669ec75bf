package org.ecryptfsj.linux;

import java.nio.ByteBuffer;

/**
 * The status of a file (statx(2), whose struct is the same on all architectures).
 *
 * @param type regular file, directory, ...
 * @param mode the permission bits with setuid, setgid and sticky; the group's bits are the mask of an access control list
 * @param uid the owner
 * @param gid the group
 * @param links how many names the file has
 * @param size in bytes
 * @param modified time of the last change of its contents; its owner can set it
 * @param changed time of the last change of its contents or attributes; only the kernel sets it
 * @param device the file system
 * @param inode the file in the file system
 */
public record FileStatus(
        Type type,
        int mode,
        int uid,
        int gid,
        long links,
        long size,
        FileTimestamp modified,
        FileTimestamp changed,
        long device,
        long inode) {
    /** Permission bits of group and others to write. */
    public static final int OTHERS_WRITE = 022;

    /** All permission bits of group and others. */
    public static final int OTHERS = 077;

    private static final int STICKY = 01000;
    private static final int MODE_BITS = 07777;

    /** The kind of file. */
    public enum Type {
        /** A regular file. */
        REGULAR(0100000),
        /** A directory. */
        DIRECTORY(0040000),
        /** A symbolic link. */
        SYMLINK(0120000),
        /** A named pipe. */
        FIFO(0010000),
        /** A unix socket. */
        SOCKET(0140000),
        /** A character device. */
        CHARACTER_DEVICE(0020000),
        /** A block device. */
        BLOCK_DEVICE(0060000),
        /** None of the above. */
        OTHER(0);

        private static final int MASK = 0170000;

        private final int bits;

        Type(int bits) {
            this.bits = bits;
        }

        static Type of(int mode) {
            for (Type type : values()) {
                if (type.bits == (mode & MASK)) {
                    return type;
                }
            }
            return OTHER;
        }
    }

    /** Offsets of struct statx. */
    static FileStatus of(ByteBuffer statx) {
        int mode = Short.toUnsignedInt(statx.getShort(28));
        return new FileStatus(
                Type.of(mode),
                mode & MODE_BITS,
                statx.getInt(20),
                statx.getInt(24),
                Integer.toUnsignedLong(statx.getInt(16)),
                statx.getLong(40),
                new FileTimestamp(statx.getLong(112), statx.getInt(120)),
                new FileTimestamp(statx.getLong(96), statx.getInt(104)),
                Integer.toUnsignedLong(statx.getInt(136)) << 32 | Integer.toUnsignedLong(statx.getInt(140)),
                statx.getLong(32));
    }

    /** Whether it is a regular file. */
    public boolean isRegular() {
        return type == Type.REGULAR;
    }

    /** Whether it is a directory. */
    public boolean isDirectory() {
        return type == Type.DIRECTORY;
    }

    /** Whether it is a symbolic link. */
    public boolean isSymlink() {
        return type == Type.SYMLINK;
    }

    /** Whether it is a directory in which only an entry's owner may rename or remove it. */
    public boolean isSticky() {
        return (mode & STICKY) != 0;
    }

    /** Whether group or others may write to it. */
    public boolean othersMayWrite() {
        return (mode & OTHERS_WRITE) != 0;
    }

    /** Whether both are the same file. */
    public boolean isSameFile(FileStatus other) {
        return device == other.device && inode == other.inode;
    }
}
