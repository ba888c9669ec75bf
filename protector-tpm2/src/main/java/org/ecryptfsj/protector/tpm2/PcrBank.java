package org.ecryptfsj.protector.tpm2;

import java.util.Arrays;
import java.util.Optional;
import org.ecryptfsj.libcrypto.Digest;

/** A bank of PCRs, by its hash (TPM 2.0 Library, part 2, section 6.3). */
enum PcrBank {
    SHA1("sha1", Digest.SHA1, 0x0004),
    SHA256("sha256", Digest.SHA256, 0x000b),
    SHA384("sha384", Digest.SHA384, 0x000c),
    SHA512("sha512", Digest.SHA512, 0x000d);

    private final String title;
    private final Digest hash;
    private final int algorithm;

    PcrBank(String title, Digest hash, int algorithm) {
        this.title = title;
        this.hash = hash;
        this.algorithm = algorithm;
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
        return 2 * hash.bytes();
    }

    /** The value of a PCR with an old value after it was extended (TPM 2.0 Library, part 1, section 17.2). */
    byte[] extended(byte[] value, byte[] digest) {
        return hash.of(value, digest);
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
