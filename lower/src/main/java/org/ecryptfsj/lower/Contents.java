package org.ecryptfsj.lower;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/**
 * The decrypted contents of a lower file, read from any place in constant memory (spec file-format.md, section 3): extents of
 * 4096 bytes, each encrypted on its own.
 *
 * <pre>
 * root IV = MD5(file key)
 * IV(n)   = MD5(root IV | n in decimal digits, followed by zeros up to 16 bytes), as much of it as a block has
 * </pre>
 *
 * One thread at a time.
 */
public final class Contents implements AutoCloseable {
    /** Bytes of an extent. */
    public static final int EXTENT_BYTES = 4096;

    private static final int EXTENTS_AT_ONCE = 16;

    private final FileChannel file;
    private final LowerHeader header;
    private final Optional<Extents> extents;
    private final byte[] cached = new byte[EXTENTS_AT_ONCE * EXTENT_BYTES];
    private long cachedFrom;
    private int cachedBytes;

    private Contents(FileChannel file, LowerHeader header, Optional<Extents> extents) {
        this.file = file;
        this.header = header;
        this.extents = extents;
    }

    /** The contents of a file that is encrypted with this key; both stay the caller's. */
    static Contents encrypted(FileChannel file, LowerHeader header, FileKey key) {
        return new Contents(file, header, Optional.of(new Extents(key)));
    }

    /** The contents of a file whose header says that they are not encrypted. */
    static Contents plain(FileChannel file, LowerHeader header) {
        return new Contents(file, header, Optional.empty());
    }

    /** Their size. */
    public long size() {
        return header.metadata().plainSize();
    }

    /**
     * Reads at a position until the buffer is full, or the contents end.
     *
     * @return the bytes read; 0 at or behind the end
     * @throws MalformedLowerException if the file ends too early
     */
    public int read(long position, ByteBuffer into) throws IOException {
        int before = into.position();
        while (into.hasRemaining() && position < size()) {
            if (position < cachedFrom || position >= cachedFrom + cachedBytes) {
                fill(position - position % EXTENT_BYTES);
            }
            int at = (int) (position - cachedFrom);
            int length = Math.min(into.remaining(), cachedBytes - at);
            into.put(cached, at, length);
            position += length;
        }
        return into.position() - before;
    }

    /** Decrypts some extents, beginning with the one at that position. */
    private void fill(long from) throws IOException {
        long plain = Math.min(cached.length, size() - from);
        int lower = (int) ((plain + EXTENT_BYTES - 1) / EXTENT_BYTES * EXTENT_BYTES);
        cachedBytes = 0;
        ByteBuffer buffer = ByteBuffer.wrap(cached, 0, lower);
        while (buffer.hasRemaining()) {
            int count = file.read(buffer, Math.addExact(header.contentsAt(), from + buffer.position()));
            if (count < 0) {
                throw truncated(from, buffer.position());
            }
        }
        for (int at = 0; at < lower && extents.isPresent(); at += EXTENT_BYTES) {
            extents.get().decrypt((from + at) / EXTENT_BYTES, cached, at);
        }
        cachedFrom = from;
        cachedBytes = (int) plain;
    }

    private MalformedLowerException truncated(long from, int read) throws IOException {
        long extent = (from + read) / EXTENT_BYTES;
        long last = (size() - 1) / EXTENT_BYTES;
        return new MalformedLowerException(
                "the file is truncated at extent " + extent + " of 0 to " + last + ": it ends at byte " + file.size()
                        + ", with " + read % EXTENT_BYTES + " of that extent's " + EXTENT_BYTES + " bytes");
    }

    /** Wipes what was decrypted last, and the cipher's key. */
    @Override
    public void close() {
        Arrays.fill(cached, (byte) 0);
        cachedBytes = 0;
        extents.ifPresent(Extents::close);
    }

    /** The cipher with the file's key. */
    private static final class Extents implements AutoCloseable {
        private final MessageDigest md5 = Md5.digest();
        private final Blocks blocks;
        private final int blockBytes;
        private final byte[] rootIv;

        Extents(FileKey key) {
            blocks = Blocks.of(key.cipher(), key.key());
            blockBytes = key.cipher().cipher().blockBytes();
            rootIv = Md5.of(key.key());
        }

        void decrypt(long number, byte[] data, int from) {
            md5.update(rootIv);
            md5.update(Arrays.copyOf(Long.toString(number).getBytes(StandardCharsets.US_ASCII), Md5.BYTES));
            blocks.decryptCbc(Arrays.copyOf(md5.digest(), blockBytes), data, from, EXTENT_BYTES);
        }

        @Override
        public void close() {
            blocks.close();
        }
    }
}
