package org.ecryptfsj.keymodule.passphrase;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;

/**
 * Derives a fekek and its signature from a passphrase (docs/spec/auth-tok.md, section 2). Frozen, because files depend on it:
 *
 * <pre>
 * h(1)      = SHA-512(salt | passphrase)
 * h(i)      = SHA-512(h(i - 1))
 * fekek     = h(65536)
 * signature = first 8 bytes of h(65537)
 * </pre>
 */
public final class PassphraseKdf {
    /** The longest passphrase, in bytes. */
    public static final int MAX_BYTES = 64;

    private static final int ROUNDS = 65536;
    private static final int DIGEST_BYTES = 64;
    private static final int BLOCK_BYTES = 128;

    private PassphraseKdf() {}

    /**
     * The key of a passphrase.
     *
     * @param passphrase 1 to 64 bytes; owned by the caller
     * @return closed by the caller
     * @throws KeyModuleException BAD_PARAMETER if the passphrase is empty or too long
     */
    public static TokenContents.Passphrase derive(Secret passphrase, Salt salt) throws KeyModuleException {
        if (passphrase.size() == 0) {
            throw bad("the passphrase is empty");
        }
        if (passphrase.size() > MAX_BYTES) {
            throw bad("the passphrase has " + passphrase.size() + " bytes");
        }
        MessageDigest sha512 = sha512();
        byte[] hash = new byte[DIGEST_BYTES];
        try {
            sha512.update(salt.bytes());
            hash(sha512, passphrase);
            sha512.digest(hash, 0, DIGEST_BYTES);
            for (int round = 1; round < ROUNDS; round++) {
                rehash(sha512, hash);
            }
            Secret fekek = Secret.copyOf(ByteBuffer.wrap(hash));
            rehash(sha512, hash);
            return new TokenContents.Passphrase(Signature.ofFirstBytes(hash), fekek, salt);
        } catch (DigestException e) {
            throw new IllegalStateException("SHA-512 does not fit 64 bytes", e);
        } finally {
            Arrays.fill(hash, (byte) 0);
            wipe(sha512);
        }
    }

    /** A digest would copy off-heap bytes into an array that it does not wipe. */
    private static void hash(MessageDigest sha512, Secret passphrase) {
        passphrase.onHeap(bytes -> {
            sha512.update(bytes);
            return null;
        });
    }

    private static void rehash(MessageDigest sha512, byte[] hash) throws DigestException {
        sha512.update(hash);
        sha512.digest(hash, 0, DIGEST_BYTES);
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

    private static KeyModuleException bad(String message) {
        return new KeyModuleException(Reason.BAD_PARAMETER, message, "Give a passphrase of 1 to 64 bytes.");
    }
}
