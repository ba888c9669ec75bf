package org.ecryptfsj.lower;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.linux.LockedMemory;

/**
 * The decrypted contents of a lower file, read at any position in constant memory (docs/spec/file-format.md, section 3): extents of
 * 4096 bytes, each encrypted on its own.
 *
 * <pre>
 * root IV = MD5(file key)
 * IV(n)   = MD5(root IV | n in decimal digits, followed by zeros up to 16 bytes), truncated to a block
 * </pre>
 *
 * Used by one thread at a time; other threads use {@linkplain #copy copies}.
 */
public final class DecryptedContent implements AutoCloseable {
    /** Bytes of an extent. */
    public static final int EXTENT_BYTES = 4096;

    private static final int EXTENTS_AT_ONCE = 16;

    private static final int BYTES_AT_ONCE = EXTENTS_AT_ONCE * EXTENT_BYTES;

    /** A buffer for encrypted bytes, during one call. */
    private static final ThreadLocal<ByteBuffer> FROM_FILE =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BYTES_AT_ONCE));

    /** A buffer for decrypted bytes, during one call; wiped at its end. */
    private static final ThreadLocal<ByteBuffer> DECRYPTED =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BYTES_AT_ONCE));

    private final LowerFile lower;
    private final Optional<Extents> extents;
    private final byte[] cached;
    private boolean toleratesGaps;
    private long missingExtents;
    private long cachedFrom;
    private int cachedBytes;

    private DecryptedContent(LowerFile lower, Optional<Extents> extents) {
        this.lower = lower;
        this.extents = extents;
        int bytes = (int) Math.min(EXTENTS_AT_ONCE, (size() + EXTENT_BYTES - 1) / EXTENT_BYTES) * EXTENT_BYTES;
        this.cached = new byte[bytes];
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
     * The same contents of the same open file, for another thread; closed by the caller. Its missing extents are counted on their
     * own.
     */
    public DecryptedContent copy() {
        DecryptedContent copy = new DecryptedContent(lower, extents.map(Extents::copy));
        copy.toleratesGaps = toleratesGaps;
        return copy;
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
            int whole = toleratesGaps ? 0 : wholeExtents(position, into);
            if (whole > 0) {
                fill(position, whole, into.duplicate(), into.position());
                into.position(into.position() + whole);
                position += whole;
            } else {
                position += readCached(position, into);
            }
        }
        return into.position() - before;
    }

    /** The number of bytes of whole extents, from this position on, that can be decrypted to the buffer without a copy. */
    private int wholeExtents(long position, ByteBuffer into) {
        if (position % EXTENT_BYTES != 0 || !into.isDirect()) {
            return 0;
        }
        long most = Math.min(BYTES_AT_ONCE, Math.min(into.remaining(), size() - position));
        return (int) (most - most % EXTENT_BYTES);
    }

    private int readCached(long position, ByteBuffer into) throws IOException {
        if (position < cachedFrom || position >= cachedFrom + cachedBytes) {
            fillCache(position - position % EXTENT_BYTES);
        }
        int at = (int) (position - cachedFrom);
        int length = Math.min(into.remaining(), cachedBytes - at);
        into.put(cached, at, length);
        return length;
    }

    /** A direct buffer that may be used during one call. */
    static ByteBuffer fromFile(int bytes) {
        return FROM_FILE.get().clear().limit(bytes);
    }

    /** Decrypts some extents, from the one at this position on. */
    private void fillCache(long from) throws IOException {
        long plain = Math.min(cached.length, size() - from);
        int stored = (int) ((plain + EXTENT_BYTES - 1) / EXTENT_BYTES * EXTENT_BYTES);
        cachedBytes = 0;
        ByteBuffer decrypted = DECRYPTED.get().clear();
        try {
            if (toleratesGaps) {
                for (int at = 0; at < stored; at += EXTENT_BYTES) {
                    fillOrZero(from + at, decrypted, at);
                }
            } else {
                fill(from, stored, decrypted, 0);
            }
            decrypted.get(0, cached, 0, stored);
        } finally {
            LockedMemory.wipe(decrypted.clear().slice(0, stored));
        }
        cachedFrom = from;
        cachedBytes = (int) plain;
    }

    /**
     * Decrypts whole extents.
     *
     * @param plain a direct buffer; its position may move
     * @param to the index of the first decrypted byte in it
     */
    private void fill(long from, int stored, ByteBuffer plain, int to) throws IOException {
        if (extents.isPresent()) {
            ByteBuffer encrypted = fromFile(stored);
            readFully(from, encrypted);
            extents.get().decrypt(from / EXTENT_BYTES, encrypted, stored, plain, to);
        } else {
            readFully(from, plain.limit(to + stored).position(to));
        }
    }

    /** Fills the rest of a buffer with what the file has behind its header. */
    private void readFully(long from, ByteBuffer into) throws IOException {
        int start = into.position();
        while (into.hasRemaining()) {
            long at = from + into.position() - start;
            if (lower.file().read(Math.addExact(lower.header().contentsAt(), at), into) == 0) {
                throw lower.truncated(at);
            }
        }
    }

    private void fillOrZero(long from, ByteBuffer plain, int to) {
        try {
            if (extents.isEmpty() || !isHole(from)) {
                fill(from, EXTENT_BYTES, plain, to);
                return;
            }
        } catch (IOException e) {
            System.getLogger(DecryptedContent.class.getName())
                    .log(System.Logger.Level.DEBUG, "zeros in the place of an extent", e);
        }
        LockedMemory.wipe(plain.clear().slice(to, EXTENT_BYTES));
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
        fillCache(size() - used);
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
     * @param limit where the search ends: a multiple of {@link #EXTENT_BYTES}, or {@link #size}
     * @return the limit if only a hole is before it
     */
    public long nextData(long position, long limit) throws IOException {
        if (extents.isPresent() && !toleratesGaps) {
            return position;
        }
        OptionalLong found = lower.file().nextData(Math.addExact(lower.header().contentsAt(), position));
        long data = found.isPresent()
                ? Math.min(limit, found.getAsLong() - lower.header().contentsAt())
                : limit;
        if (extents.isEmpty()) {
            return data;
        }
        long extent = data < limit ? Math.max(position, data - data % EXTENT_BYTES) : limit;
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
        private final CipherSpec cipher;
        private final BlockMode blocks;
        private final byte[] rootIv;

        Extents(FileKey key) {
            this(key.cipher(), BlockMode.of(key.cipher(), key.key()), Md5Digest.of(key.key()));
        }

        private Extents(CipherSpec cipher, BlockMode blocks, byte[] rootIv) {
            this.cipher = cipher;
            this.blocks = blocks;
            this.rootIv = rootIv;
        }

        Extents copy() {
            return new Extents(cipher, blocks.copy(cipher), rootIv);
        }

        /**
         * Decrypts extents that follow one another. Giving the cipher its key and an IV costs more than an extent's IV does: so
         * it gets them once, and the first block of each further extent, which it combined with the end of the extent before, is
         * combined with that end again and with its own IV.
         */
        void decrypt(long first, ByteBuffer encrypted, int length, ByteBuffer plain, int to) {
            blocks.beginCbc(iv(first));
            blocks.decryptCbc(encrypted, 0, length, plain, to);
            for (int at = EXTENT_BYTES; at < length; at += EXTENT_BYTES) {
                ByteBuffer iv = ByteBuffer.wrap(iv(first + at / EXTENT_BYTES));
                for (int i = 0; i < iv.capacity(); i += Long.BYTES) {
                    long combined = encrypted.getLong(at - iv.capacity() + i) ^ iv.getLong(i);
                    plain.putLong(to + at + i, plain.getLong(to + at + i) ^ combined);
                }
            }
        }

        private byte[] iv(long number) {
            md5.update(rootIv);
            md5.update(Arrays.copyOf(Long.toString(number).getBytes(StandardCharsets.US_ASCII), Md5Digest.BYTES));
            return Arrays.copyOf(md5.digest(), cipher.cipher().blockBytes());
        }

        @Override
        public void close() {
            blocks.close();
        }
    }
}
