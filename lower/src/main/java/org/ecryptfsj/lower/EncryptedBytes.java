package org.ecryptfsj.lower;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Encrypted bytes. They are not secret, and immutable. */
public final class EncryptedBytes {
    private final byte[] bytes;

    private EncryptedBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A copy of these bytes. */
    public static EncryptedBytes of(byte[] bytes) {
        return new EncryptedBytes(bytes.clone());
    }

    /** Reads the next bytes of a buffer, which must have enough. */
    static EncryptedBytes read(ByteBuffer from, int length) {
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new EncryptedBytes(bytes);
    }

    /** The number of bytes. */
    public int size() {
        return bytes.length;
    }

    /** A copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EncryptedBytes that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "EncryptedBytes[" + bytes.length + " bytes]";
    }
}
