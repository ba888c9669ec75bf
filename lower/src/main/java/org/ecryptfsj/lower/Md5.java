package org.ecryptfsj.lower;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The digest eCryptfs makes initialization vectors and name prefixes of. */
final class Md5 {
    /** Bytes of a digest. */
    static final int BYTES = 16;

    private Md5() {}

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no MD5, which it must have", e);
        }
    }
}
