package org.ecryptfsj.lower;

import java.util.Objects;

/**
 * A change of some bytes of a header.
 *
 * @param at offset of the first byte in the header
 * @param bytes the new bytes
 */
public record HeaderPatch(int at, EncryptedBytes bytes) {
    /** @throws IllegalArgumentException if it changes bytes before the packets, which the kernel writes */
    public HeaderPatch {
        Objects.requireNonNull(bytes);
        if (at < Metadata.BYTES) {
            throw new IllegalArgumentException("byte " + at + " of a header is the kernel's");
        }
    }

    static HeaderPatch of(int at, byte[] bytes) {
        return new HeaderPatch(at, EncryptedBytes.of(bytes));
    }
}
