package org.ecryptfsj.keymodule.tspi.envelope;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * The identifier of a KEK: 16 random bytes, kept when the KEK is sealed again.
 *
 * @param first the first 8 bytes, big endian
 * @param second the last 8 bytes
 */
public record KekId(long first, long second) {
    /** Bytes in an id. */
    static final int BYTES = 16;

    static KekId of(byte[] bytes) {
        return of(ByteBuffer.wrap(bytes));
    }

    /** The id at the buffer's position, which moves past it; the buffer is big endian. */
    static KekId of(ByteBuffer in) {
        return new KekId(in.getLong(), in.getLong());
    }

    byte[] bytes() {
        return ByteBuffer.allocate(BYTES).putLong(first).putLong(second).array();
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(first) + hex.toHexDigits(second);
    }
}
