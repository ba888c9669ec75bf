package org.ecryptfsj.libcrypto;

import static org.ecryptfsj.libcrypto.CallResult.require;

import java.nio.ByteBuffer;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.keymodule.Secret;

/** SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), by libcrypto. */
public final class Sha256 {
    /** Bytes of a result. */
    public static final int BYTES = 32;

    private final Crypto crypto;

    /** The functions (openssl/sha.h, openssl/hmac.h). */
    @CFunctions
    interface Crypto {
        long EVP_sha256();

        long SHA256(ByteBuffer bytes, long count, ByteBuffer out);

        long HMAC(
                long digest,
                ByteBuffer key,
                int keyLength,
                ByteBuffer bytes,
                long count,
                ByteBuffer out,
                ByteBuffer length);
    }

    /** @throws LibcryptoMissingException if libcrypto is not installed */
    public Sha256() {
        crypto = LibcryptoLoader.load(Crypto.class, Sha256CryptoBinding::new);
    }

    /**
     * The hash of a secret.
     *
     * @param text stays the caller's
     * @return {@link #BYTES} bytes, closed by the caller
     */
    public Secret hash(Secret text) {
        Secret hash = Secret.allocate(BYTES);
        require(crypto.SHA256(text.buffer(), text.size(), hash.buffer()), "SHA256");
        return hash;
    }

    /**
     * The authentication code of a message.
     *
     * @param key a direct buffer, all of it
     * @param message a direct buffer, all of it
     * @return {@link #BYTES} bytes, closed by the caller
     */
    public Secret hmac(ByteBuffer key, ByteBuffer message) {
        ByteBuffer length = ByteBuffer.allocateDirect(Integer.BYTES);
        Secret code = Secret.allocate(BYTES);
        require(
                crypto.HMAC(
                        crypto.EVP_sha256(), key, key.capacity(), message, message.capacity(), code.buffer(), length),
                "HMAC");
        return code;
    }
}
