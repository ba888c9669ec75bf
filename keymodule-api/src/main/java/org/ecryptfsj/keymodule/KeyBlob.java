package org.ecryptfsj.keymodule;

import java.nio.ByteBuffer;

/**
 * The data with which a key module finds its key: a UUID, a path, for some modules a passphrase. It is stored in the
 * authentication token, and only its module interprets it. It is kept as a {@link Secret}, since it may contain one.
 */
public final class KeyBlob implements AutoCloseable {
    private final Secret bytes;

    private KeyBlob(Secret bytes) {
        this.bytes = bytes;
    }

    /** A copy of the buffer's remaining bytes; the buffer's position does not move. */
    public static KeyBlob copyOf(ByteBuffer source) {
        return new KeyBlob(Secret.copyOf(source));
    }

    /** Moves the bytes out of the array, which is wiped. */
    public static KeyBlob takeBytes(byte[] heap) {
        return new KeyBlob(Secret.takeBytes(heap));
    }

    /** The number of bytes. */
    public int size() {
        return bytes.size();
    }

    /** The bytes as a direct buffer, position 0, valid until {@link #close()}. */
    public ByteBuffer buffer() {
        return bytes.buffer();
    }

    /**
     * Writes the bytes at the buffer's position and moves it past them.
     *
     * @return the buffer
     * @throws IllegalArgumentException if the buffer has too little space
     */
    public ByteBuffer writeTo(ByteBuffer out) {
        return bytes.writeTo(out);
    }

    /** Whether both have the same bytes; compares in constant time. */
    public boolean sameBytesAs(KeyBlob other) {
        return bytes.sameBytesAs(other.bytes);
    }

    @Override
    public void close() {
        bytes.close();
    }

    /** Never the bytes. */
    @Override
    public String toString() {
        return "KeyBlob[" + size() + " bytes]";
    }
}
