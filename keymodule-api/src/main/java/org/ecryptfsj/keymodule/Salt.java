package org.ecryptfsj.keymodule;

import java.util.HexFormat;

/**
 * The salt of a passphrase hash: 8 bytes (docs/spec/auth-tok.md, section 2).
 *
 * @param hex exactly 16 of {@code 0-9a-f}
 */
public record Salt(String hex) {
    /** Bytes in a salt. */
    public static final int BYTES = 8;

    /** The default salt of eCryptfs. */
    public static final Salt DEFAULT = new Salt("0011223344556677");

    /**
     * The salt of the key that encrypts file names: the first eight characters of the text {@code 9988776655443322}, not the
     * bytes that it represents. All tools do this, so it cannot be changed.
     */
    public static final Salt FNEK = new Salt("3939383837373636");

    /** @throws IllegalArgumentException if it is not 16 lowercase hex digits */
    public Salt {
        if (!LowercaseHex.is(hex, 2 * BYTES)) {
            throw new IllegalArgumentException("a salt is 16 lowercase hex digits, not \"" + hex + "\"");
        }
    }

    /** The salt of exactly 8 bytes. */
    public static Salt of(byte[] bytes) {
        return new Salt(HexFormat.of().formatHex(bytes));
    }

    /** The 8 bytes. */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }
}
