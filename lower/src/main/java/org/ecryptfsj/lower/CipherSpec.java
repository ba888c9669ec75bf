package org.ecryptfsj.lower;

import java.util.Objects;

/**
 * A cipher and the size of its key.
 *
 * @param cipher the cipher
 * @param keyBytes a key size that the cipher supports
 */
public record CipherSpec(FileCipher cipher, int keyBytes) {
    /** @throws IllegalArgumentException if the cipher does not support that key size */
    public CipherSpec {
        Objects.requireNonNull(cipher);
        if (!cipher.takesKeyOf(keyBytes)) {
            throw new IllegalArgumentException(
                    cipher.kernelName() + " does not support keys of " + keyBytes + " bytes");
        }
    }

    /** Parses a cipher code, with a key of that size. */
    static CipherSpec of(int code, int keyBytes, String where) throws MalformedLowerException {
        FileCipher cipher = FileCipher.ofCode(code)
                .orElseThrow(() -> new MalformedLowerException(where + " has the unknown cipher code " + code));
        if (!cipher.takesKeyOf(keyBytes)) {
            throw new MalformedLowerException(
                    where + " has a key of " + keyBytes + " bytes, which " + cipher.kernelName() + " does not support");
        }
        return new CipherSpec(cipher, keyBytes);
    }

    int code() {
        return cipher.code(keyBytes);
    }

    @Override
    public String toString() {
        return cipher.kernelName() + ", " + keyBytes + "-byte key";
    }
}
