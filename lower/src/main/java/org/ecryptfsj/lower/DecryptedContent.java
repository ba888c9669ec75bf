package org.ecryptfsj.lower;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The decrypted contents of a lower file, read at any position in constant memory (docs/spec/file-format.md, section 3): extents of
 * 4096 bytes, each encrypted on its own.
 *
 * <pre>
 * root IV = MD5(file key)
 * IV(n)   = MD5(root IV | n in decimal digits, followed by zeros up to 16 bytes), truncated to a block
 * </pre>
 *
 * Used by one thread at a time.
 */
public final class DecryptedContent implements AutoCloseable {
    /** Bytes of an extent. */
    public static final int EXTENT_BYTES = 4096;

    private static final int EXTENTS_AT_ONCE = 16;

    /** A buffer for encrypted bytes, during one call. */
    private static final ThreadLocal<ByteBuffer> FROM_FILE =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(EXTENTS_AT_ONCE * EXTENT_BYTES));

    private final LowerFile lower;
    private final Optional<Extents> extents;
    private final byte[] cached = new byte[EXTENTS_AT_ONCE * EXTENT_BYTES];
    private boolean toleratesGaps;
    private long missingExtents;
    private long cachedFrom;
    private int cachedBytes;

    private DecryptedContent(LowerFile lower, Optional<Extents> extents) {
        this.lower = lower;
        this.extents = extents;
    }

    /** The contents of a file that is encrypted with this key; both are owned by the caller. */
    static DecryptedContent encrypted(LowerFile lower, FileKey key) {
        return new DecryptedContent(lower, Optional.of(new Extents(key)));
    }

    /** The contents of a file that are not encrypted according to its header. */
    static DecryptedContent plain(LowerFile lower) {
        return new DecryptedContent(lower, Optional.empty());
    }

    /**
     * From now on extents that cannot be read, or are in a hole of the file, are zeros, and counted.
     *
     * @return this
     */
    public DecryptedContent toleratingGaps() {
        toleratesGaps = true;
        return this;
    }

    /** The number of extents that were read as zeros because they are missing. */
    public long missingExtents() {
        return missingExtents;
    }

    /** Their size. */
    public long size() {
        return lower.header().metadata().plainSize();
    }

    /**
     * Reads at a position until the buffer is full, or the contents end.
     *
     * @return the bytes read; 0 at or after the end
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

    /** A direct buffer that may be used during one call. */
    static ByteBuffer fromFile(int bytes) {
        return FROM_FILE.get().clear().limit(bytes);
    }

    /** Decrypts some extents, from the one at this position on. */
    private void fill(long from) throws IOException {
        long plain = Math.min(cached.length, size() - from);
        int stored = (int) ((plain + EXTENT_BYTES - 1) / EXTENT_BYTES * EXTENT_BYTES);
        cachedBytes = 0;
        if (toleratesGaps) {
            for (int at = 0; at < stored; at += EXTENT_BYTES) {
                fillOrZero(from + at, at);
            }
        } else {
            fill(from, 0, stored);
        }
        cachedFrom = from;
        cachedBytes = (int) plain;
    }

    /** Decrypts whole extents to an index of the decrypted bytes in memory. */
    private void fill(long from, int to, int stored) throws IOException {
        ByteBuffer encrypted = fromFile(stored);
        while (encrypted.hasRemaining()) {
            int count = lower.file()
                    .read(Math.addExact(lower.header().contentsAt(), from + encrypted.position()), encrypted);
            if (count == 0) {
                throw lower.truncated(from + encrypted.position());
            }
        }
        encrypted.flip().get(cached, to, stored);
        for (int at = 0; at < stored && extents.isPresent(); at += EXTENT_BYTES) {
            extents.get().decrypt((from + at) / EXTENT_BYTES, cached, to + at);
        }
    }

    private void fillOrZero(long from, int to) {
        try {
            if (extents.isEmpty() || !isHole(from)) {
                fill(from, to, EXTENT_BYTES);
                return;
            }
        } catch (IOException e) {
            System.getLogger(DecryptedContent.class.getName())
                    .log(System.Logger.Level.DEBUG, "zeros in the place of an extent", e);
        }
        Arrays.fill(cached, to, to + EXTENT_BYTES, (byte) 0);
        missingExtents++;
    }

    /** Whether a whole extent is in a hole: encrypted contents have none, so it was never written. */
    private boolean isHole(long from) throws IOException {
        long at = Math.addExact(lower.header().contentsAt(), from);
        OptionalLong data = lower.file().nextData(at);
        return data.isEmpty() || data.getAsLong() >= Math.addExact(at, EXTENT_BYTES);
    }

    /**
     * Checks that the last extent is filled with zeros behind the end of the contents, as the kernel writes it. Another file key
     * makes other bytes of it, so this finds a wrong key where the header has no checksum.
     *
     * @throws MalformedLowerException if a byte is not zero, or the file ends too early
     */
    public void requireZeroPadding() throws IOException {
        int used = (int) (size() % EXTENT_BYTES);
        if (extents.isEmpty() || used == 0) {
            return;
        }
        fill(size() - used);
        for (int at = used; at < EXTENT_BYTES; at++) {
            if (cached[at] != 0) {
                throw new MalformedLowerException(
                        "the last extent is not filled with zeros behind the end of the contents," + " at byte "
                                + size() + ": the file key is wrong, or that extent is damaged");
            }
        }
    }

    /**
     * The position of the next data, not in a hole, at or after a position: an unencrypted file may have holes, and an encrypted one
     * whose gaps are tolerated.
     *
     * @return {@link #size} if only a hole follows
     */
    public long nextData(long position) throws IOException {
        if (extents.isPresent() && !toleratesGaps) {
            return position;
        }
        OptionalLong found = lower.file().nextData(Math.addExact(lower.header().contentsAt(), position));
        long data = found.isPresent()
                ? Math.min(size(), found.getAsLong() - lower.header().contentsAt())
                : size();
        if (extents.isEmpty()) {
            return data;
        }
        long extent = data < size() ? Math.max(position, data - data % EXTENT_BYTES) : size();
        missingExtents += (extent - position + EXTENT_BYTES - 1) / EXTENT_BYTES;
        return extent;
    }

    /** Wipes the decrypted bytes in memory, and the cipher's key. */
    @Override
    public void close() {
        Arrays.fill(cached, (byte) 0);
        cachedBytes = 0;
        extents.ifPresent(Extents::close);
    }

    /** The cipher with the file's key. */
    private static final class Extents implements AutoCloseable {
        private final MessageDigest md5 = Md5Digest.digest();
        private final BlockMode blocks;
        private final int blockBytes;
        private final byte[] rootIv;

        Extents(FileKey key) {
            blocks = BlockMode.of(key.cipher(), key.key());
            blockBytes = key.cipher().cipher().blockBytes();
            rootIv = Md5Digest.of(key.key());
        }

        void decrypt(long number, byte[] data, int from) {
            md5.update(rootIv);
            md5.update(Arrays.copyOf(Long.toString(number).getBytes(StandardCharsets.US_ASCII), Md5Digest.BYTES));
            blocks.decryptCbc(Arrays.copyOf(md5.digest(), blockBytes), data, from, EXTENT_BYTES);
        }

        @Override
        public void close() {
            blocks.close();
        }
    }
}
