package org.ecryptfsj.keymodule;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.ecryptfsj.linux.LockedMemory;

/**
 * Secret bytes: a FEK, a KEK, a passphrase. They are kept off-heap in locked memory that is excluded from core dumps, and are
 * wiped by {@link #close()}. The creator of a Secret closes it:
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

    /** Code that needs the bytes on the heap for a short time. */
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

    /** Moves the bytes out of the array, which is always wiped, even after a failure. */
    public static Secret takeBytes(byte[] heap) {
        try {
            return copyOf(ByteBuffer.wrap(heap));
        } finally {
            Arrays.fill(heap, (byte) 0);
        }
    }

    /** Moves characters out of the array as UTF-8; the array is always wiped. A lone surrogate becomes a question mark. */
    public static Secret takeChars(char[] heap) {
        // The maximum size: an encoder that needs more space allocates another buffer, and does not wipe the first one.
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

    /** The number of bytes. */
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
     * @throws IllegalArgumentException if the buffer has too little space
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

    /** Passes the bytes as a heap array, for libraries that need one, and wipes it afterwards. */
    public <T, E extends Exception> T onHeap(HeapUse<T, E> use) throws E {
        byte[] bytes = new byte[size()];
        try {
            LockedMemory.copy(buffer(), 0, ByteBuffer.wrap(bytes), 0, bytes.length);
            return use.apply(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** Whether both have the same bytes; compares in constant time. */
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

    /** The size only, never the bytes. */
    @Override
    public String toString() {
        return "Secret[" + size() + " bytes]";
    }
}
