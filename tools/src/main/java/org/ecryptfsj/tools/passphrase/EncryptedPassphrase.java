package org.ecryptfsj.tools.passphrase;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * An encrypted passphrase.
 *
 * @param hex its bytes; whole blocks if the file they come from is sound
 */
record EncryptedPassphrase(String hex) {
    /** The longest there is; the C tools read no further. */
    static final int MAX_BYTES = 64;

    static EncryptedPassphrase of(byte[] bytes) {
        return new EncryptedPassphrase(HexFormat.of().formatHex(bytes));
    }

    /** What follows the fixed part of a file. */
    static EncryptedPassphrase at(byte[] file, int from) {
        return of(Arrays.copyOfRange(file, from, Math.min(file.length, from + MAX_BYTES)));
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }
}
