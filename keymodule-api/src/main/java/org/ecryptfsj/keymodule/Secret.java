package org.ecryptfsj.keymodule;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.ecryptfsj.linux.LockedMemory;

/**
 * Secret bytes: a FEK, a KEK, a passphrase. They are off-heap, in locked memory that is left out of dumps, and {@link #close()}
 * wipes them. The code that creates a Secret closes it:
 *
 * <pre>{@code
 * try (Secret fek = module.unwrap(blob, encryptedKey)) {
 *     channel.send(reply(fek.buffer()));
 * }
 * }</pre>
 */
public final class Secret implements AutoCloseable {
    private final LockedMemory memory;

    private Secret(LockedMemory memory) {
        this.memory = memory;
    }

    /**
     * A use of secret bytes that must be on the heap for a moment.
     *
     * @param <T> type of the result
     * @param <E> type of the exception
     */
    @FunctionalInterface
    public interface HeapUse<T, E extends Exception> {
        /**
         * Uses the bytes.
         *
         * @param bytes the bytes, wiped as soon as this returns or throws
         * @return the result
         * @throws E if it fails
         */
        T apply(byte[] bytes) throws E;
    }

    /**
     * Zero bytes, to be filled through {@link #buffer()}.
     *
     * @param size number of bytes
     * @return the secret, closed by the caller
     * @throws org.ecryptfsj.linux.MemoryLockException if no more memory may be locked
     */
    public static Secret allocate(int size) {
        return new Secret(LockedMemory.allocate(size));
    }

    /**
     * A copy of the buffer's remaining bytes; the buffer's position does not move.
     *
     * @param source the bytes
     * @return the secret, closed by the caller
     */
    public static Secret copyOf(ByteBuffer source) {
        Secret secret = allocate(source.remaining());
        LockedMemory.copy(source, source.position(), secret.buffer(), 0, secret.size());
        return secret;
    }

    /**
     * Takes the bytes over: the array is wiped, also if this fails.
     *
     * @param heap the bytes
     * @return the secret, closed by the caller
     */
    public static Secret takeBytes(byte[] heap) {
        try {
            return copyOf(ByteBuffer.wrap(heap));
        } finally {
            Arrays.fill(heap, (byte) 0);
        }
    }

    /**
     * Takes the characters over as UTF-8: the array is wiped, also if this fails. Characters that UTF-8 cannot encode become
     * question marks.
     *
     * @param heap the characters
     * @return the secret, closed by the caller
     */
    public static Secret takeChars(char[] heap) {
        // The buffer has room for the longest encoding. An encoder that needs more would allocate another buffer, and
        // not
        // wipe the first.
        CharsetEncoder encoder = StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        ByteBuffer utf8 = ByteBuffer.allocateDirect((int) Math.ceil(heap.length * (double) encoder.maxBytesPerChar()));
        try {
            encoder.encode(CharBuffer.wrap(heap), utf8, true);
            encoder.flush(utf8);
            return copyOf(utf8.flip());
        } finally {
            Arrays.fill(heap, '\0');
            LockedMemory.wipe(utf8);
        }
    }

    /**
     * The number of bytes.
     *
     * @return the size in bytes
     */
    public int size() {
        return memory.size();
    }

    /**
     * The bytes, without a copy.
     *
     * @return a direct buffer, position 0, valid until {@link #close()}
     * @throws IllegalStateException after close
     */
    public ByteBuffer buffer() {
        return memory.buffer();
    }

    /**
     * Writes the bytes at the buffer's position and moves the position past them. The buffer's own put would leave them in
     * registers, see {@link LockedMemory#copy}.
     *
     * @param out gets the bytes
     * @return the buffer
     * @throws IllegalArgumentException if the buffer is too small
     */
    public ByteBuffer writeTo(ByteBuffer out) {
        int at = out.position();
        out.position(at + size());
        LockedMemory.copy(buffer(), 0, out, at, size());
        return out;
    }

    /**
     * An independent copy.
     *
     * @return the copy, closed by the caller
     */
    public Secret copy() {
        return copyOf(buffer());
    }

    /**
     * Lends the bytes as an array on the heap, for libraries that accept nothing else, and wipes the array afterwards.
     *
     * @param use the use of the bytes
     * @param <T> type of the result
     * @param <E> type of the exception
     * @return the result of the use
     * @throws E if the use fails
     */
    public <T, E extends Exception> T onHeap(HeapUse<T, E> use) throws E {
        byte[] bytes = new byte[size()];
        try {
            LockedMemory.copy(buffer(), 0, ByteBuffer.wrap(bytes), 0, bytes.length);
            return use.apply(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /**
     * Whether both secrets have the same bytes. The time does not depend on the bytes.
     *
     * @param other the secret to compare with
     * @return whether the bytes are the same
     */
    public boolean sameBytesAs(Secret other) {
        ByteBuffer a = buffer();
        ByteBuffer b = other.buffer();
        if (a.remaining() != b.remaining()) {
            return false;
        }
        int difference = 0;
        while (a.hasRemaining()) {
            difference |= a.get() ^ b.get();
        }
        return difference == 0;
    }

    /** Wipes the bytes. A second call does nothing. */
    @Override
    public void close() {
        memory.close();
    }

    /** The size. The bytes are never shown. */
    @Override
    public String toString() {
        return "Secret[" + size() + " bytes]";
    }
}
