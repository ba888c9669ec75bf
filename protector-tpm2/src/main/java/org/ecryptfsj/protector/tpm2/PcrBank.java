package org.ecryptfsj.protector.tpm2;

import java.util.Arrays;
import java.util.Optional;

/** A bank of PCRs, by its hash (TPM 2.0 Library, part 2, section 6.3). */
enum PcrBank {
    SHA1("sha1", 0x0004, 20),
    SHA256("sha256", 0x000b, 32),
    SHA384("sha384", 0x000c, 48),
    SHA512("sha512", 0x000d, 64);

    private final String title;
    private final int algorithm;
    private final int bytes;

    PcrBank(String title, int algorithm, int bytes) {
        this.title = title;
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

    /** The bank with this name. */
    static Optional<PcrBank> named(String title) {
        return Arrays.stream(values()).filter(bank -> bank.title.equals(title)).findFirst();
    }

    /** The bank whose values have that many hex digits: all banks differ in it. */
    static Optional<PcrBank> ofDigits(int digits) {
        return Arrays.stream(values()).filter(bank -> bank.digits() == digits).findFirst();
    }
}
