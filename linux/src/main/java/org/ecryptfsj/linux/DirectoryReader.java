package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Reads the names in an open directory, in the file system's order and in constant memory (getdents64(2)),
 * without {@code .} and {@code ..}.
 */
public final class DirectoryReader {
    private static final int BUFFER_BYTES = 32768;
    private static final int NEXT_OFFSET = 8;
    private static final int RECORD_BYTES = 16;
    private static final int NAME = 19;
    private static final int SEEK_SET = 0;

    private final Descriptor directory;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.nativeOrder()).limit(0);
    private long position;

    DirectoryReader(Descriptor directory) {
        this.directory = directory;
        LibCFiles.INSTANCE.lseek64(directory.number(), 0, SEEK_SET);
    }

    /** The position of the next name, for {@link #seek}. */
    public long position() {
        return position;
    }

    /**
     * Continues at a position that {@link #position} returned, of this or an earlier reader of the same directory.
     *
     * @throws LinuxException if lseek(2) fails
     */
    public void seek(long offset) throws LinuxException {
        if (LibCFiles.INSTANCE.lseek64(directory.number(), offset, SEEK_SET) < 0) {
            throw LinuxException.last("seek in directory " + directory.name());
        }
        position = offset;
        buffer.limit(0);
    }

    /**
     * The next name.
     *
     * @return empty at the end
     * @throws LinuxException if the directory cannot be read
     */
    public Optional<FileName> next() throws LinuxException {
        while (true) {
            if (!buffer.hasRemaining() && !fill()) {
                return Optional.empty();
            }
            int at = buffer.position();
            int length = Short.toUnsignedInt(buffer.getShort(at + RECORD_BYTES));
            position = buffer.getLong(at + NEXT_OFFSET);
            buffer.position(at + length);
            byte[] name = name(at + NAME, at + length);
            if (FileName.isName(name)) {
                return Optional.of(FileName.of(name));
            }
        }
    }

    private boolean fill() throws LinuxException {
        buffer.clear();
        long count = LibCFiles.INSTANCE.getdents64(directory.number(), buffer.array(), BUFFER_BYTES);
        buffer.limit((int) Math.max(0, count));
        if (count < 0) {
            throw LinuxException.last("read directory " + directory.name());
        }
        return count > 0;
    }

    private byte[] name(int from, int limit) {
        int end = from;
        while (end < limit && buffer.get(end) != 0) {
            end++;
        }
        byte[] name = new byte[end - from];
        for (int i = 0; i < name.length; i++) {
            name[i] = buffer.get(from + i);
        }
        return name;
    }
}
