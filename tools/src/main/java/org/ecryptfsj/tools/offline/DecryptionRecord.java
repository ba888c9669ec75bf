package org.ecryptfsj.tools.offline;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.FileTimestamp;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;

/**
 * The record of the files that ecryptfs-decrypt has completed in an output directory, so that another run can
 * continue: a header, and an entry of fixed size for each completed file, symbolic link and directory. A truncated
 * entry is ignored; of two entries with the same output path the later one counts. The format is frozen, because it is
 * on disks. Integers are big endian.
 *
 * <pre>
 * header   0  32  "ecryptfs-decrypt record 2", padded with zero bytes
 *         32   8  inode of the output directory
 *         40   4  1 if the directory is not yet given to the owner below, else 0
 *         44   4  owner
 *         48   4  group
 *         52   4  mode
 * entry    0  16  {@link PathHash} of the output path
 *         16  16  {@link PathHash} of the lower path
 *         32   8  size of the lower file
 *         40  12  modification time of the lower file: seconds 8, nanoseconds 4
 *         52   4  1 file, 2 directory, 3 symbolic link, 4 directory that existed before
 *         56   8  size of the output
 *         64 12 modification time of the output
 *         76 12 inode change time of the output
 *         88 8 inode of the output
 * </pre>
 *
 * <p>The memory is 8 bytes for each entry, about 16 MB for a million files. The record is locked while a run has it
 * open.
 */
final class DecryptionRecord implements AutoCloseable {
    /** File name in the output directory. */
    static final FileName NAME = FileName.of(".ecryptfs-decrypt.record");

    /** Maximum number of entries, limited by the memory of the tool. */
    static final int MAX_ENTRIES = 6_000_000;

    private static final byte[] MAGIC =
            Arrays.copyOf("ecryptfs-decrypt record 2".getBytes(StandardCharsets.US_ASCII), 32);
    private static final int HEADER_BYTES = 56;
    private static final int AT_INODE = 32;
    private static final int AT_PENDING = 40;
    private static final int ENTRY_BYTES = 96;
    private static final int ENTRIES_AT_ONCE = 680;
    private static final long SLOT = 0xffffffffL;
    private static final int FIRST_TABLE = 1 << 10;

    private final TreeFile file;
    private final ByteBuffer one = ByteBuffer.allocateDirect(ENTRY_BYTES);
    private final BitSet visited = new BitSet();

    /**
     * Hash table with open addressing. A slot is 0, or the first 4 bytes of a hash and the number of its entry plus 1.
     */
    private long[] table = new long[FIRST_TABLE];

    private int paths;
    private int entries;

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

    /** A completed output.
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
    }

    /** The owner and mode that the output directory gets at the end.
     *
     * @param uid owner
     * @param gid group
     * @param mode permission bits
     */
    record FinalOwner(int uid, int gid, int mode) {}

    private DecryptionRecord(TreeFile file) {
        this.file = file;
    }

    /** Creates a record.
     *
     * @param file an empty file; closed with the record
     */
    static DecryptionRecord begin(TreeFile file, long inode) throws ToolFailure, TreeException {
        DecryptionRecord record = new DecryptionRecord(file);
        record.lock();
        file.setSize(0);
        ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);
        header.put(MAGIC).putLong(inode);
        file.write(0, header.clear());
        return record;
    }

    /**
     * Reads a record.
     *
     * @param file closed with the record, or if this throws
     * @param inode of the output directory
     * @param strict whether the record of another directory is refused
     * @throws ToolFailure if another run has the record open, or the format is wrong
     */
    static DecryptionRecord read(TreeFile file, long inode, boolean strict) throws ToolFailure, TreeException {
        DecryptionRecord record = new DecryptionRecord(file);
        boolean read = false;
        try {
            record.lock();
            record.checkHeader(inode, strict);
            record.load();
            read = true;
            return record;
        } finally {
            if (!read) {
                file.close();
            }
        }
    }

    private void lock() throws ToolFailure, TreeException {
        if (!file.tryLock()) {
            throw new ToolFailure(
                    1,
                    "another ecryptfs-decrypt is writing to the output directory",
                    "wait until it ends, or" + " name another directory");
        }
    }

    private void checkHeader(long inode, boolean strict) throws ToolFailure, TreeException {
        ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);
        fill(0, header);
        byte[] magic = new byte[MAGIC.length];
        if (header.flip().remaining() == HEADER_BYTES) {
            header.get(magic);
        }
        if (!Arrays.equals(magic, MAGIC)) {
            throw refused("it is damaged or was written by an older version");
        }
        if (strict && header.getLong(AT_INODE) != inode) {
            throw refused("it belongs to another directory");
        }
    }

    /** The failure for a record that cannot be used; nothing was changed. */
    static ToolFailure refused(String why) {
        return new ToolFailure(
                1,
                "the record " + NAME + " in the output directory cannot be used: " + why,
                "name another output directory, or use --force, which replaces the record and writes all files again");
    }

    private void load() throws ToolFailure, TreeException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(ENTRIES_AT_ONCE * ENTRY_BYTES);
        while (true) {
            fill(at(entries), buffer.clear());
            int whole = buffer.flip().remaining() / ENTRY_BYTES;
            for (int i = 0; i < whole; i++) {
                int at = i * ENTRY_BYTES;
                index(new PathHash(buffer.getLong(at), buffer.getLong(at + Long.BYTES)));
                entries++;
            }
            if (whole < ENTRIES_AT_ONCE) {
                file.setSize(at(entries));
                return;
            }
        }
    }

    private void fill(long from, ByteBuffer buffer) throws TreeException {
        int count = 1;
        while (buffer.hasRemaining() && count > 0) {
            count = file.read(from + buffer.position(), buffer);
        }
    }

    private static long at(int entry) {
        return HEADER_BYTES + (long) entry * ENTRY_BYTES;
    }

    /** Records the final owner before the directory is taken over. */
    void setPending(FinalOwner to) throws TreeException {
        ByteBuffer pending = ByteBuffer.allocateDirect(4 * Integer.BYTES);
        pending.putInt(1).putInt(to.uid()).putInt(to.gid()).putInt(to.mode()).flip();
        file.write(AT_PENDING, pending);
    }

    /** Records that the directory has its final owner. */
    void clearPending() throws TreeException {
        file.write(AT_PENDING, ByteBuffer.allocateDirect(Integer.BYTES));
    }

    /** The final owner that an interrupted run recorded. */
    Optional<FinalOwner> pending() throws TreeException {
        ByteBuffer pending = ByteBuffer.allocateDirect(4 * Integer.BYTES);
        fill(AT_PENDING, pending);
        return pending.flip().getInt() == 1
                ? Optional.of(new FinalOwner(pending.getInt(), pending.getInt(), pending.getInt()))
                : Optional.empty();
    }

    /** The completed output at an output path. */
    Optional<CompletedEntry> at(PathHash output) throws TreeException {
        long found = table[find(output)];
        return found == 0 ? Optional.empty() : done(entry(found));
    }

    /** Whether the output path was completed or found complete in this run. */
    boolean isVisited(PathHash output) throws TreeException {
        long found = table[find(output)];
        return found != 0 && visited.get(entry(found));
    }

    /** Marks an output as found complete in this run. */
    void visit(PathHash output) throws TreeException {
        long found = table[find(output)];
        if (found != 0) {
            visited.set(entry(found));
        }
    }

    /**
     * Records a completed output.
     *
     * @throws ToolFailure if there are too many entries
     */
    void add(PathHash output, CompletedEntry done) throws ToolFailure, TreeException {
        one.clear();
        put(output);
        put(done.lowerPath());
        one.putLong(done.lowerSize());
        put(done.lowerModified());
        one.putInt(done.kind().code).putLong(done.size());
        put(done.modified());
        put(done.changed());
        one.putLong(done.inode());
        file.write(at(entries), one.flip());
        index(output);
        visited.set(entries);
        entries++;
    }

    private void put(PathHash key) {
        one.putLong(key.first()).putLong(key.second());
    }

    private void put(FileTimestamp time) {
        one.putLong(time.seconds()).putInt(time.nanos());
    }

    private Optional<CompletedEntry> done(int entry) throws TreeException {
        readOne(entry);
        PathHash lower = new PathHash(one.getLong(16), one.getLong(24));
        return Kind.of(one.getInt(52))
                .map(kind -> new CompletedEntry(
                        kind, lower, one.getLong(32), time(40), one.getLong(56), time(64), time(76), one.getLong(88)));
    }

    private void readOne(int entry) throws TreeException {
        fill(at(entry), one.clear());
        if (one.hasRemaining()) {
            throw new TreeException(
                    TreeException.Reason.OTHER, "the record " + NAME + " became shorter" + " during the run");
        }
    }

    private FileTimestamp time(int at) {
        return new FileTimestamp(one.getLong(at), one.getInt(at + Long.BYTES));
    }

    /** Lets the slot of the path point to the next entry. */
    private void index(PathHash path) throws ToolFailure, TreeException {
        if (entries >= MAX_ENTRIES) {
            throw new ToolFailure(
                    1,
                    "there are more than " + MAX_ENTRIES + " files, or the record " + NAME + " has more entries",
                    "decrypt its subdirectories one by one, each to its own output directory");
        }
        if (4L * (paths + 1) > 3L * table.length) {
            grow();
        }
        int place = find(path);
        if (table[place] == 0) {
            paths++;
        }
        table[place] = (path.first() & ~SLOT) | (entries + 1);
    }

    private void grow() {
        long[] old = table;
        table = new long[old.length * 2];
        for (long found : old) {
            if (found != 0) {
                int place = home(found);
                while (table[place] != 0) {
                    place = (place + 1) & (table.length - 1);
                }
                table[place] = found;
            }
        }
    }

    /** The slot of a path in the table, or the free slot for it. */
    private int find(PathHash path) throws TreeException {
        int place = home(path.first());
        while (table[place] != 0 && !matches(table[place], path)) {
            place = (place + 1) & (table.length - 1);
        }
        return place;
    }

    private boolean matches(long found, PathHash path) throws TreeException {
        if ((found & ~SLOT) != (path.first() & ~SLOT)) {
            return false;
        }
        readOne(entry(found));
        return one.getLong(0) == path.first() && one.getLong(Long.BYTES) == path.second();
    }

    private int home(long upperHalf) {
        return (int) (upperHalf >>> Integer.SIZE) & (table.length - 1);
    }

    private static int entry(long found) {
        return (int) (found & SLOT) - 1;
    }

    @Override
    public void close() {
        file.close();
    }
}
