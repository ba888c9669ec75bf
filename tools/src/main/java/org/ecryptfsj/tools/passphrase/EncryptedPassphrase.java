package org.ecryptfsj.tools.passphrase;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * An encrypted passphrase.
 *
 * @param hex the ciphertext; whole blocks unless the file is damaged
 */
record EncryptedPassphrase(String hex) {
    /** Maximum length; the C tools ignore further bytes. */
    static final int MAX_BYTES = 64;

    static EncryptedPassphrase of(byte[] bytes) {
        return new EncryptedPassphrase(HexFormat.of().formatHex(bytes));
    }

    /** The ciphertext in a file from this offset on. */
    static EncryptedPassphrase at(byte[] file, int offset) {
        return of(Arrays.copyOfRange(file, offset, Math.min(file.length, offset + MAX_BYTES)));
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }
}
