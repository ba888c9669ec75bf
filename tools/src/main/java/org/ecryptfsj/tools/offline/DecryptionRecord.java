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
 * What ecryptfs-decrypt has completed in an output directory, so that another run continues where one ended: a header and an
 * entry of fixed size for each file, symbolic link and directory, written when it is in its place. An entry that was cut off
 * counts as none; of two entries with one output path the later counts. Frozen: it stands on disks. Integers are big endian.
 *
 * <pre>
 * header   0  32  "ecryptfs-decrypt record 2", filled up with zero bytes
 *         32   8  inode of the output directory
 *         40   4  1 if the directory is still to be given to the owner below, else 0
 *         44   4  owner
 *         48   4  group
 *         52   4  mode
 * entry    0  16  {@link PathHash} of the output path
 *         16  16  {@link PathHash} of the lower path
 *         32   8  size of the lower file
 *         40  12  time of its last change: seconds 8, nanoseconds 4
 *         52   4  1 file, 2 directory, 3 symbolic link, 4 directory that was there before
 *         56   8  size of the output
 *         64  12  time of its last change
 *         76  12  time when its inode changed last
 *         88   8  its inode
 * </pre>
 *
 * <p>In memory are 8 bytes for each entry, so that a million files need about 16 MB. While a run has it open, it is locked.
 */
final class DecryptionRecord implements AutoCloseable {
    /** Its name in the output directory. */
    static final FileName NAME = FileName.of(".ecryptfs-decrypt.record");

    /** More files than that in one run would not fit the memory of the tool. */
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

    /** Open addressing: 0, or the first 4 bytes of a key, and the number of its entry plus 1. */
    private long[] table = new long[FIRST_TABLE];

    private int paths;
    private int entries;

    /** What an entry is. */
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

    /**
     * Something completed.
     *
     * @param kind what it is
     * @param lowerPath what it was made of
     * @param lowerSize the lower file's size then
     * @param lowerModified when the lower file was changed last, then
     * @param size the output's size
     * @param modified when the output's contents changed last
     * @param changed when the output's inode changed last
     * @param inode the output
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

        /** Whether it was made of the lower file as it is now. */
        boolean isFrom(FileStatus lower) {
            return lowerSize == lower.size() && lowerModified.equals(lower.modified());
        }

        /**
         * Whether an output is what was written then.
         *
         * @param strict whether its owner is not believed, who can set a time back, but not that of the inode's change
         */
        boolean isUnchanged(FileStatus output, boolean strict) {
            return (kind == Kind.SYMLINK ? output.isSymlink() : output.isRegular())
                    && output.size() == size
                    && output.modified().equals(modified)
                    && (!strict || (output.inode() == inode && output.changed().equals(changed)));
        }
    }

    /**
     * Whom the output directory is to be given to.
     *
     * @param uid owner
     * @param gid group
     * @param mode permission bits
     */
    record FinalOwner(int uid, int gid, int mode) {}

    private DecryptionRecord(TreeFile file) {
        this.file = file;
    }

    /**
     * Begins a record.
     *
     * @param file an empty file; taken over
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
     * @param file taken over, also if this throws
     * @param inode of the output directory
     * @param strict whether a record of another directory is refused
     * @throws ToolFailure if another run has it open, or it is no record of this form
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
                    "wait for it, or name another directory");
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
            throw refused("it was written by an older version, or is damaged");
        }
        if (strict && header.getLong(AT_INODE) != inode) {
            throw refused("it was made for another directory");
        }
    }

    /** The record cannot tell what is complete; nothing was changed. */
    static ToolFailure refused(String why) {
        return new ToolFailure(
                1,
                "the record " + NAME + " in the output directory is not used: " + why,
                "name another output directory, or give --force, which replaces the record and writes all files again");
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

    /** Notes what the directory is to be given to at the end, before it is taken. */
    void setPending(FinalOwner to) throws TreeException {
        ByteBuffer pending = ByteBuffer.allocateDirect(4 * Integer.BYTES);
        pending.putInt(1).putInt(to.uid()).putInt(to.gid()).putInt(to.mode()).flip();
        file.write(AT_PENDING, pending);
    }

    /** Notes that it was given back. */
    void clearPending() throws TreeException {
        file.write(AT_PENDING, ByteBuffer.allocateDirect(Integer.BYTES));
    }

    /** Whom an interrupted run was to give the directory to. */
    Optional<FinalOwner> pending() throws TreeException {
        ByteBuffer pending = ByteBuffer.allocateDirect(4 * Integer.BYTES);
        fill(AT_PENDING, pending);
        return pending.flip().getInt() == 1
                ? Optional.of(new FinalOwner(pending.getInt(), pending.getInt(), pending.getInt()))
                : Optional.empty();
    }

    /** What was completed at an output path. */
    Optional<CompletedEntry> at(PathHash output) throws TreeException {
        long found = table[find(output)];
        return found == 0 ? Optional.empty() : done(entry(found));
    }

    /** Whether that output path was completed or found complete in this run. */
    boolean isVisited(PathHash output) throws TreeException {
        long found = table[find(output)];
        return found != 0 && visited.get(entry(found));
    }

    /** Notes that it is as complete as it was. */
    void visit(PathHash output) throws TreeException {
        long found = table[find(output)];
        if (found != 0) {
            visited.set(entry(found));
        }
    }

    /**
     * Notes that it is completed.
     *
     * @throws ToolFailure if there are more than fit
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
            throw new TreeException(TreeException.Reason.OTHER, "the record " + NAME + " became shorter meanwhile");
        }
    }

    private FileTimestamp time(int at) {
        return new FileTimestamp(one.getLong(at), one.getInt(at + Long.BYTES));
    }

    /** Lets the path's place in the table point to the next entry. */
    private void index(PathHash path) throws ToolFailure, TreeException {
        if (entries >= MAX_ENTRIES) {
            throw new ToolFailure(
                    1,
                    "there are more than " + MAX_ENTRIES + " files, or the record " + NAME + " has more entries",
                    "decrypt the directories in it one by one, each to an output directory of its own");
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

    /** The place of a path in the table, or the free one where it would be. */
    private int find(PathHash path) throws TreeException {
        int place = home(path.first());
        while (table[place] != 0 && !isFrom(table[place], path)) {
            place = (place + 1) & (table.length - 1);
        }
        return place;
    }

    private boolean isFrom(long found, PathHash path) throws TreeException {
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
