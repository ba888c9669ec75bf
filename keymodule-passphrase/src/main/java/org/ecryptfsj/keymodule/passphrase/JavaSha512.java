package org.ecryptfsj.keymodule.passphrase;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.ecryptfsj.keymodule.Secret;

/** SHA-512 of SHA-512 of ..., by the Java runtime: for machines without libcrypto, and slower. */
final class JavaSha512 {
    private static final int DIGEST_BYTES = 64;
    private static final int BLOCK_BYTES = 128;

    private JavaSha512() {}

    /**
     * Hashes.
     *
     * @param text stays the caller's
     * @param rounds how often, at least once
     * @return 64 bytes, closed by the caller
     */
    static Secret hash(Secret text, int rounds) {
        MessageDigest sha512 = sha512();
        byte[] hash = new byte[DIGEST_BYTES];
        try {
            // A digest would copy off-heap bytes into an array that it does not wipe.
            text.onHeap(bytes -> {
                sha512.update(bytes);
                return null;
            });
            sha512.digest(hash, 0, DIGEST_BYTES);
            for (int round = 1; round < rounds; round++) {
                sha512.update(hash);
                sha512.digest(hash, 0, DIGEST_BYTES);
            }
            return Secret.copyOf(ByteBuffer.wrap(hash));
        } catch (DigestException e) {
            throw new IllegalStateException("SHA-512 does not fit 64 bytes", e);
        } finally {
            Arrays.fill(hash, (byte) 0);
            wipe(sha512);
        }
    }

    /** A digest keeps its last block in memory, so it is overwritten with zeros. */
    private static void wipe(MessageDigest sha512) {
        sha512.reset();
        sha512.update(new byte[2 * BLOCK_BYTES - 1]);
        sha512.reset();
    }

    private static MessageDigest sha512() {
        try {
            return MessageDigest.getInstance("SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-512, which every runtime must have", e);
        }
    }
}
