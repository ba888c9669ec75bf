package org.ecryptfsj.keymodule;

import java.util.HexFormat;

/**
 * The salt of a passphrase: 8 bytes (docs/spec/auth-tok.md, section 2).
 *
 * @param hex exactly 16 characters, each one of {@code 0-9a-f}
 */
public record Salt(String hex) {
    /** Size of a salt in bytes. */
    public static final int BYTES = 8;

    /** The salt that eCryptfs uses by default. */
    public static final Salt DEFAULT = new Salt("0011223344556677");

    /**
     * The salt of the key that encrypts file names: the first eight characters of the text {@code 9988776655443322}, not
     * the bytes that this text denotes in hex. ecryptfs-utils does the same, so it cannot be changed.
     */
    public static final Salt FNEK = new Salt("3939383837373636");

    /**
     * Checks the digits.
     *
     * @param hex exactly 16 characters, each one of {@code 0-9a-f}
     * @throws IllegalArgumentException if it has another form
     */
    public Salt {
        if (!LowercaseHex.is(hex, 2 * BYTES)) {
            throw new IllegalArgumentException("a salt is 16 lowercase hex digits, not \"" + hex + "\"");
        }
    }

    /**
     * The salt with the given bytes.
     *
     * @param bytes exactly 8 bytes
     * @return the salt
     */
    public static Salt of(byte[] bytes) {
        return new Salt(HexFormat.of().formatHex(bytes));
    }

    /**
     * The bytes.
     *
     * @return 8 bytes
     */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }
}
