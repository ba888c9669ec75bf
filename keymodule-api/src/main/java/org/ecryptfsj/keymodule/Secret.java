package org.ecryptfsj.keymodule;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.ecryptfsj.linux.LockedMemory;

/**
 * Bytes nobody else may see: a FEK, a KEK, a passphrase. They live off-heap in locked memory that is left out of dumps,
 * and are wiped by {@link #close()}. Whoever creates a Secret closes it:
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

    /** What code does with bytes that must stand on the heap for a moment. */
    @FunctionalInterface
    public interface HeapUse<T, E extends Exception> {
        /** @param bytes wiped as soon as this returns or throws */
        T apply(byte[] bytes) throws E;
    }

    /**
     * Zeroed bytes to be filled through {@link #buffer()}.
     *
     * @throws org.ecryptfsj.linux.MemoryLockException if no more memory may be locked
     */
    public static Secret allocate(int size) {
        return new Secret(LockedMemory.allocate(size));
    }

    /** A copy of the buffer's remaining bytes; the buffer's position does not move. */
    public static Secret copyOf(ByteBuffer source) {
        Secret secret = allocate(source.remaining());
        LockedMemory.copy(source, source.position(), secret.buffer(), 0, secret.size());
        return secret;
    }

    /** Takes the bytes over: the array is wiped, whatever happens. */
    public static Secret takeBytes(byte[] heap) {
        try {
            return copyOf(ByteBuffer.wrap(heap));
        } finally {
            Arrays.fill(heap, (byte) 0);
        }
    }

    /** Takes the characters over as UTF-8: the array is wiped, whatever happens. What UTF-8 cannot say becomes a question mark. */
    public static Secret takeChars(char[] heap) {
        // Room for all that it can become: an encoder that needs more takes another array, and leaves the first one as
        // it is.
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

    /** Bytes held. */
    public int size() {
        return memory.size();
    }

    /**
     * The bytes as a direct buffer, position 0, valid until {@link #close()}.
     *
     * @throws IllegalStateException after close
     */
    public ByteBuffer buffer() {
        return memory.buffer();
    }

    /**
     * Writes the bytes at the buffer's position and moves it past them. The buffer's own put would leave them in registers,
     * see {@link LockedMemory#copy}.
     *
     * @return the buffer
     * @throws IllegalArgumentException if it has not so much room
     */
    public ByteBuffer writeTo(ByteBuffer out) {
        int at = out.position();
        out.position(at + size());
        LockedMemory.copy(buffer(), 0, out, at, size());
        return out;
    }

    /** An independent copy, closed by the caller. */
    public Secret copy() {
        return copyOf(buffer());
    }

    /** Lends the bytes as a heap array, for libraries that take nothing else, and wipes it afterwards. */
    public <T, E extends Exception> T onHeap(HeapUse<T, E> use) throws E {
        byte[] bytes = new byte[size()];
        try {
            LockedMemory.copy(buffer(), 0, ByteBuffer.wrap(bytes), 0, bytes.length);
            return use.apply(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** Whether both hold the same bytes, in a time that does not depend on them. */
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

    /** Never the bytes. */
    @Override
    public String toString() {
        return "Secret[" + size() + " bytes]";
    }
}
