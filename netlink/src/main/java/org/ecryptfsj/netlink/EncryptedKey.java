package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A file encryption key that a key module has encrypted: 1 to 512 bytes, no secret, immutable. */
public final class EncryptedKey {
    /** The kernel's ECRYPTFS_MAX_ENCRYPTED_KEY_BYTES. */
    public static final int MOST_BYTES = 512;

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
        if (size < 1 || size > MOST_BYTES) {
            throw new IllegalArgumentException("an encrypted key has 1 to " + MOST_BYTES + " bytes, not " + size);
        }
        byte[] bytes = new byte[size];
        source.duplicate().get(bytes);
        return new EncryptedKey(bytes);
    }

    /** How many bytes it has. */
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

    /** The size; the bytes would only fill the log. */
    @Override
    public String toString() {
        return "EncryptedKey[" + bytes.length + " bytes]";
    }
}
