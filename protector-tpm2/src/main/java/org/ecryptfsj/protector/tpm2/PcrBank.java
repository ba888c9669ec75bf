package org.ecryptfsj.protector.tpm2;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/** A bank of PCRs, by its hash (TPM 2.0 Library, part 2, section 6.3). */
enum PcrBank {
    SHA1("sha1", "SHA-1", 0x0004, 20),
    SHA256("sha256", "SHA-256", 0x000b, 32),
    SHA384("sha384", "SHA-384", 0x000c, 48),
    SHA512("sha512", "SHA-512", 0x000d, 64);

    private final String title;
    private final String hash;
    private final int algorithm;
    private final int bytes;

    PcrBank(String title, String hash, int algorithm, int bytes) {
        this.title = title;
        this.hash = hash;
        this.algorithm = algorithm;
        this.bytes = bytes;
    }

    /** Its name in key files and options. */
    String title() {
        return title;
    }

    /** Its TPM_ALG_ID. */
    int algorithm() {
        return algorithm;
    }

    /** Hex digits of a value. */
    int digits() {
        return 2 * bytes;
    }

    /** The value of a PCR with an old value after it was extended (TPM 2.0 Library, part 1, section 17.2). */
    byte[] extended(byte[] value, byte[] digest) {
        try {
            MessageDigest hashed = MessageDigest.getInstance(hash);
            hashed.update(value);
            return hashed.digest(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + hash, e);
        }
    }

    /** The bank with this name. */
    static Optional<PcrBank> named(String title) {
        return Arrays.stream(values()).filter(bank -> bank.title.equals(title)).findFirst();
    }

    /** The bank whose values have that many hex digits: all banks differ in it. */
    static Optional<PcrBank> ofDigits(int digits) {
        return Arrays.stream(values()).filter(bank -> bank.digits() == digits).findFirst();
    }
}
