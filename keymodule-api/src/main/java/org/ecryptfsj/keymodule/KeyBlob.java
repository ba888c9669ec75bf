package org.ecryptfsj.keymodule;

import java.nio.ByteBuffer;

/**
 * What a key module needs to find its key again: a UUID, a path, for some modules a passphrase. It is stored in the
 * authentication token; only its module interprets it. It is held as a {@link Secret}, because it can contain one.
 */
public final class KeyBlob implements AutoCloseable {
    private final Secret bytes;

    private KeyBlob(Secret bytes) {
        this.bytes = bytes;
    }

    /**
     * A copy of the buffer's remaining bytes; the buffer's position does not move.
     *
     * @param source the bytes
     * @return the blob, closed by the caller
     */
    public static KeyBlob copyOf(ByteBuffer source) {
        return new KeyBlob(Secret.copyOf(source));
    }

    /**
     * Takes the bytes over: the array is wiped.
     *
     * @param heap the bytes
     * @return the blob, closed by the caller
     */
    public static KeyBlob takeBytes(byte[] heap) {
        return new KeyBlob(Secret.takeBytes(heap));
    }

    /**
     * The number of bytes.
     *
     * @return the size in bytes
     */
    public int size() {
        return bytes.size();
    }

    /**
     * The bytes, without a copy.
     *
     * @return a direct buffer, position 0, valid until {@link #close()}
     */
    public ByteBuffer buffer() {
        return bytes.buffer();
    }

    /**
     * Writes the bytes at the buffer's position and moves the position past them.
     *
     * @param out gets the bytes
     * @return the buffer
     * @throws IllegalArgumentException if the buffer is too small
     */
    public ByteBuffer writeTo(ByteBuffer out) {
        return bytes.writeTo(out);
    }

    /**
     * Whether both blobs have the same bytes. The time does not depend on the bytes.
     *
     * @param other the blob to compare with
     * @return whether the bytes are the same
     */
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
