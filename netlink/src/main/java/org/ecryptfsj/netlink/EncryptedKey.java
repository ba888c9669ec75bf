package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A file encryption key encrypted by a key module: 1 to 512 bytes, not secret, immutable. */
public final class EncryptedKey {
    /** The kernel's ECRYPTFS_MAX_ENCRYPTED_KEY_BYTES. */
    public static final int MAX_BYTES = 512;

    private final byte[] bytes;

    private EncryptedKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A copy of these bytes.
     *
     * @throws IllegalArgumentException if they are not 1 to 512
     */
    public static EncryptedKey of(byte[] bytes) {
        return copyOf(ByteBuffer.wrap(bytes));
    }

    /**
     * A copy of the buffer's remaining bytes; its position does not move.
     *
     * @throws IllegalArgumentException if they are not 1 to 512
     */
    public static EncryptedKey copyOf(ByteBuffer source) {
        int size = source.remaining();
        if (size < 1 || size > MAX_BYTES) {
            throw new IllegalArgumentException("encrypted key must have 1 to " + MAX_BYTES + " bytes, not " + size);
        }
        byte[] bytes = new byte[size];
        source.duplicate().get(bytes);
        return new EncryptedKey(bytes);
    }

    /** Number of bytes. */
    public int size() {
        return bytes.length;
    }

    /** A copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    void writeTo(ByteBuffer out) {
        out.put(bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EncryptedKey that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The size only: the bytes would fill the log. */
    @Override
    public String toString() {
        return "EncryptedKey[" + bytes.length + " bytes]";
    }
}
