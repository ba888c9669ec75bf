package org.ecryptfsj.keymodule;

import java.util.HexFormat;

/**
 * The name of a key: 8 bytes, written as 16 lowercase hex digits in mount options, in the keyring and on the channel
 * (docs/spec/packets.md: SIG_SIZE and SIG_SIZE_HEX).
 *
 * @param hex exactly 16 characters, each one of {@code 0-9a-f}
 */
public record Signature(String hex) {
    /** Length of a signature in hex digits. */
    public static final int HEX_DIGITS = 16;

    /** Size of a signature in bytes. */
    public static final int BYTES = 8;

    /**
     * Checks the digits.
     *
     * @param hex exactly 16 characters, each one of {@code 0-9a-f}
     * @throws IllegalArgumentException if it has another form
     */
    public Signature {
        if (!LowercaseHex.is(hex, HEX_DIGITS)) {
            throw new IllegalArgumentException("a signature is 16 lowercase hex digits, not \"" + hex + "\"");
        }
    }

    /**
     * The signature made of the first 8 bytes of a digest.
     *
     * @param digest at least 8 bytes
     * @return the signature
     */
    public static Signature ofFirstBytes(byte[] digest) {
        return new Signature(HexFormat.of().formatHex(digest, 0, BYTES));
    }

    /**
     * The bytes.
     *
     * @return 8 bytes
     */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    /** Not the record's own, which the JVM makes at run time: for the first record that takes 12 ms of each command. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Signature signature && hex.equals(signature.hex);
    }

    @Override
    public int hashCode() {
        return hex.hashCode();
    }

    @Override
    public String toString() {
        return hex;
    }
}
