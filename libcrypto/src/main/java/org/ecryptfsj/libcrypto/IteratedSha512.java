package org.ecryptfsj.libcrypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.keymodule.Secret;

/**
 * SHA-512 of SHA-512 of ..., by one call of libcrypto: EVP_BytesToKey(3) hashes its input as often as it is told, and the first
 * 64 bytes of its result are that hash. Nothing of it comes onto the heap.
 */
public final class IteratedSha512 {
    /** Bytes of a hash. */
    public static final int BYTES = 64;

    private static final ByteBuffer CIPHER = name("AES-256-SIV");
    private static final ByteBuffer DIGEST = name("SHA512");

    private final Crypto crypto;
    private final long cipher;

    /** Fetched once: with EVP_sha512(3), the library would look for it again in each round. */
    private final long digest;

    /** The functions (openssl/evp.h, OpenSSL 3). */
    @CFunctions
    interface Crypto {
        long EVP_CIPHER_fetch(long library, ByteBuffer algorithm, ByteBuffer properties);

        long EVP_MD_fetch(long library, ByteBuffer algorithm, ByteBuffer properties);

        int EVP_BytesToKey(
                long cipher,
                long digest,
                ByteBuffer salt,
                ByteBuffer bytes,
                int count,
                int rounds,
                ByteBuffer key,
                ByteBuffer iv);
    }

    /** @throws LibcryptoMissingException if libcrypto is not installed, or is older than OpenSSL 3 */
    public IteratedSha512() {
        crypto = LibcryptoLoader.load(Crypto.class, IteratedSha512CryptoBinding::new);
        // The call makes as many bytes as this cipher has in a key and an initialisation vector: 64 and none.
        cipher = crypto.EVP_CIPHER_fetch(0, CIPHER, null);
        if (cipher == 0) {
            throw new LibcryptoMissingException(new UnsatisfiedLinkError("libcrypto has no AES-256-SIV"));
        }
        digest = crypto.EVP_MD_fetch(0, DIGEST, null);
        if (digest == 0) {
            throw new LibcryptoMissingException(new UnsatisfiedLinkError("libcrypto has no SHA512"));
        }
    }

    private static ByteBuffer name(String text) {
        byte[] terminated = (text + '\0').getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(terminated.length).put(terminated).flip();
    }

    /**
     * Hashes.
     *
     * @param text stays the caller's
     * @param rounds how often, at least once
     * @return {@link #BYTES} bytes, closed by the caller
     */
    public Secret hash(Secret text, int rounds) {
        Secret hash = Secret.allocate(BYTES);
        int made = crypto.EVP_BytesToKey(cipher, digest, null, text.buffer(), text.size(), rounds, hash.buffer(), null);
        if (made != BYTES) {
            hash.close();
            throw new IllegalStateException("EVP_BytesToKey failed in libcrypto");
        }
        return hash;
    }
}
