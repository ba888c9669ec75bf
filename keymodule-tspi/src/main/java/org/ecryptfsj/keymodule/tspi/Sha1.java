package org.ecryptfsj.keymodule.tspi;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-1, the digest of TPM 1.2. Not for secrets: it works on the heap. */
final class Sha1 {
    private Sha1() {}

    static byte[] of(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
