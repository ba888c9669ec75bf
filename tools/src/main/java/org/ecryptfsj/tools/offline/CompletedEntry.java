package org.ecryptfsj.tools.offline;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;

/**
 * A completed output, as an entry of the {@link DecryptionRecord}. The format is frozen, because it is on disks. Integers
 * are big endian.
 *
 * <pre>
 *  0  16  {@link PathHash} of the output path
 * 16  16  {@link PathHash} of the lower path
 * 32   8  size of the lower file
 * 40  12  modification time of the lower file: seconds 8, nanoseconds 4
 * 52   4  1 file, 2 directory, 3 symbolic link, 4 directory that existed before
 * 56   8  size of the output
 * 64  12  modification time of the output
 * 76  12  inode change time of the output
 * 88   8  inode of the output
 * </pre>
 *
 * @param kind kind of the entry
 * @param lowerPath hash of the lower path
 * @param lowerSize size of the lower file at that time
 * @param lowerModified modification time of the lower file at that time
 * @param size size of the output
 * @param modified modification time of the output
 * @param changed inode change time of the output
 * @param inode inode of the output
 */
record CompletedEntry(
        Kind kind,
        PathHash lowerPath,
        long lowerSize,
        FileTimestamp lowerModified,
        long size,
        FileTimestamp modified,
        FileTimestamp changed,
        long inode) {
    /** Size of an entry. */
    static final int BYTES = 96;

    private static final long NO_SIZE = -1;
    private static final int AT_LOWER_PATH = 16;
    private static final int AT_LOWER_SIZE = 32;
    private static final int AT_LOWER_MODIFIED = 40;
    private static final int AT_KIND = 52;
    private static final int AT_SIZE = 56;
    private static final int AT_MODIFIED = 64;
    private static final int AT_CHANGED = 76;
    private static final int AT_INODE = 88;

    /** The kind of an entry. */
    enum Kind {
        FILE(1),
        DIRECTORY(2),
        SYMLINK(3),
        EXISTING_DIRECTORY(4);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        static Optional<Kind> of(int code) {
            return Arrays.stream(values()).filter(k -> k.code == code).findFirst();
        }
    }

    static CompletedEntry of(Kind kind, PathHash lowerPath, FileStatus lower, FileStatus output) {
        return new CompletedEntry(
                kind,
                lowerPath,
                lower.size(),
                lower.modified(),
                output.size(),
                output.modified(),
                output.changed(),
                output.inode());
    }

    /** The entry of an output that lacks something: no lower file has its size, so that it is never up to date. */
    static CompletedEntry ofIncomplete(Kind kind, PathHash lowerPath, FileStatus lower, FileStatus output) {
        return new CompletedEntry(
                kind,
                lowerPath,
                NO_SIZE,
                lower.modified(),
                output.size(),
                output.modified(),
                output.changed(),
                output.inode());
    }

    /** Whether the lower file is unchanged. */
    boolean isFrom(FileStatus lower) {
        return lowerSize == lower.size() && lowerModified.equals(lower.modified());
    }

    /**
     * Whether the output is unchanged.
     *
     * @param strict whether the inode is compared, too, because an owner can reset the modification time but not
     *     the inode change time
     */
    boolean isUnchanged(FileStatus output, boolean strict) {
        return (kind == Kind.SYMLINK ? output.isSymlink() : output.isRegular())
                && output.size() == size
                && output.modified().equals(modified)
                && (!strict || (output.inode() == inode && output.changed().equals(changed)));
    }

    /**
     * Writes an entry.
     *
     * @param output hash of the output path
     * @param entry gets {@value #BYTES} bytes from index 0; its position does not move
     */
    void encode(PathHash output, ByteBuffer entry) {
        output.encode(entry, 0);
        lowerPath.encode(entry, AT_LOWER_PATH);
        entry.putLong(AT_LOWER_SIZE, lowerSize);
        putTime(entry, AT_LOWER_MODIFIED, lowerModified);
        entry.putInt(AT_KIND, kind.code);
        entry.putLong(AT_SIZE, size);
        putTime(entry, AT_MODIFIED, modified);
        putTime(entry, AT_CHANGED, changed);
        entry.putLong(AT_INODE, inode);
    }

    /**
     * Reads an entry from index 0.
     *
     * @return empty if its kind is unknown
     */
    static Optional<CompletedEntry> decode(ByteBuffer entry) {
        return Kind.of(entry.getInt(AT_KIND))
                .map(kind -> new CompletedEntry(
                        kind,
                        PathHash.decode(entry, AT_LOWER_PATH),
                        entry.getLong(AT_LOWER_SIZE),
                        time(entry, AT_LOWER_MODIFIED),
                        entry.getLong(AT_SIZE),
                        time(entry, AT_MODIFIED),
                        time(entry, AT_CHANGED),
                        entry.getLong(AT_INODE)));
    }

    private static void putTime(ByteBuffer entry, int at, FileTimestamp time) {
        entry.putLong(at, time.seconds()).putInt(at + Long.BYTES, time.nanos());
    }

    private static FileTimestamp time(ByteBuffer entry, int at) {
        return new FileTimestamp(entry.getLong(at), entry.getInt(at + Long.BYTES));
    }
}
