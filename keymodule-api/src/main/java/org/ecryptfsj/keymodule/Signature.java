package org.ecryptfsj.keymodule;

import java.util.HexFormat;

/**
 * The name of a key: 8 bytes, written as 16 lowercase hex digits in mount options, in the keyring and on the channel
 * (docs/spec/packets.md: SIG_SIZE and SIG_SIZE_HEX).
 *
 * @param hex exactly 16 of {@code 0-9a-f}
 */
public record Signature(String hex) {
    /** Hex digits in a signature. */
    public static final int HEX_DIGITS = 16;

    /** Bytes in a signature. */
    public static final int BYTES = 8;

    /** @throws IllegalArgumentException if it is not 16 lowercase hex digits */
    public Signature {
        if (!LowercaseHex.is(hex, HEX_DIGITS)) {
            throw new IllegalArgumentException("a signature is 16 lowercase hex digits, not \"" + hex + "\"");
        }
    }

    /** The signature whose bytes are the first 8 of a digest. */
    public static Signature ofFirstBytes(byte[] digest) {
        return new Signature(HexFormat.of().formatHex(digest, 0, BYTES));
    }

    /** The 8 bytes. */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
