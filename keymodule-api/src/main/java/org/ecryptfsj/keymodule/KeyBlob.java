package org.ecryptfsj.keymodule;

import java.nio.ByteBuffer;

/**
 * What a key module needs to find its key again: a UUID, a path, with some modules a passphrase. It is stored in the
 * authentication token and means something to its module only. Held as a {@link Secret}, since it may contain one.
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

    /** Takes the bytes over: the array is wiped. */
    public static KeyBlob takeBytes(byte[] heap) {
        return new KeyBlob(Secret.takeBytes(heap));
    }

    /** Bytes held. */
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
     * @throws IllegalArgumentException if it has not so much room
     */
    public ByteBuffer writeTo(ByteBuffer out) {
        return bytes.writeTo(out);
    }

    /** Whether both hold the same bytes, in a time that does not depend on them. */
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
