package org.ecryptfsj.lower;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.ecryptfsj.keymodule.Secret;

/** MD5, from which eCryptfs derives initialization vectors and the filler of names. */
final class Md5Digest {
    /** Bytes of a digest. */
    static final int BYTES = 16;

    private static final int BLOCK_BYTES = 64;

    private Md5Digest() {}

    /** The digest of a secret. The last block that the object keeps in memory is overwritten with zeros. */
    static byte[] of(Secret secret) {
        MessageDigest md5 = digest();
        try {
            // An off-heap buffer would be copied, and the copy kept.
            return secret.onHeap(md5::digest);
        } finally {
            md5.update(new byte[2 * BLOCK_BYTES - 1]);
            md5.reset();
        }
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no MD5, which every runtime must have", e);
        }
    }
}
