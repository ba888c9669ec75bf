package org.ecryptfsj.lower;

import java.util.Objects;

/**
 * A cipher and the size of its key.
 *
 * @param cipher the cipher
 * @param keyBytes a size it takes
 */
public record CipherSpec(FileCipher cipher, int keyBytes) {
    /** @throws IllegalArgumentException if the cipher takes no key of that size */
    public CipherSpec {
        Objects.requireNonNull(cipher);
        if (!cipher.takesKeyOf(keyBytes)) {
            throw new IllegalArgumentException(cipher.kernelName() + " takes no key of " + keyBytes + " bytes");
        }
    }

    /** The cipher of a code found at some place, with a key of that size. */
    static CipherSpec of(int code, int keyBytes, String where) throws MalformedLowerException {
        FileCipher cipher = FileCipher.ofCode(code)
                .orElseThrow(
                        () -> new MalformedLowerException(where + " names cipher code " + code + ", which is none"));
        if (!cipher.takesKeyOf(keyBytes)) {
            throw new MalformedLowerException(
                    where + " holds a key of " + keyBytes + " bytes, which " + cipher.kernelName() + " does not take");
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
