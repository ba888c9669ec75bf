package org.ecryptfsj.tools.offline;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import org.ecryptfsj.linux.FileName;
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
 * entries 56  96  each: {@link CompletedEntry}
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
    private static final int ENTRIES_AT_ONCE = 680;

    private final TreeFile file;
    private final ByteBuffer one = ByteBuffer.allocateDirect(CompletedEntry.BYTES);
    private final BitSet visited = new BitSet();

    private final PathTable table = new PathTable(this::path);
    private int entries;

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
        ByteBuffer buffer = ByteBuffer.allocateDirect(ENTRIES_AT_ONCE * CompletedEntry.BYTES);
        while (true) {
            fill(at(entries), buffer.clear());
            int whole = buffer.flip().remaining() / CompletedEntry.BYTES;
            for (int i = 0; i < whole; i++) {
                index(PathHash.decode(buffer, i * CompletedEntry.BYTES));
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
        return HEADER_BYTES + (long) entry * CompletedEntry.BYTES;
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
        OptionalInt entry = table.entry(output);
        return entry.isEmpty() ? Optional.empty() : CompletedEntry.decode(read(entry.getAsInt()));
    }

    /** Whether the output path was completed or found complete in this run. */
    boolean isVisited(PathHash output) throws TreeException {
        OptionalInt entry = table.entry(output);
        return entry.isPresent() && visited.get(entry.getAsInt());
    }

    /** Marks an output as found complete in this run. */
    void visit(PathHash output) throws TreeException {
        table.entry(output).ifPresent(visited::set);
    }

    /**
     * Records a completed output.
     *
     * @throws ToolFailure if there are too many entries
     */
    void add(PathHash output, CompletedEntry done) throws ToolFailure, TreeException {
        done.encode(output, one.clear());
        file.write(at(entries), one);
        index(output);
        visited.set(entries - 1);
    }

    /** Lets the path refer to the next entry of the file. */
    private void index(PathHash path) throws ToolFailure, TreeException {
        if (entries >= MAX_ENTRIES) {
            throw new ToolFailure(
                    1,
                    "there are more than " + MAX_ENTRIES + " files, or the record " + NAME + " has more entries",
                    "decrypt its subdirectories one by one, each to its own output directory");
        }
        table.put(path, entries);
        entries++;
    }

    private PathHash path(int entry) throws TreeException {
        return PathHash.decode(read(entry), 0);
    }

    private ByteBuffer read(int entry) throws TreeException {
        fill(at(entry), one.clear());
        if (one.hasRemaining()) {
            throw new TreeException(
                    TreeException.Reason.OTHER, "the record " + NAME + " became shorter during the run");
        }
        return one;
    }

    @Override
    public void close() {
        file.close();
    }
}
