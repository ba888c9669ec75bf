package org.ecryptfsj.keyfile;

import java.nio.ByteBuffer;
import org.ecryptfsj.keyfile.Libcrypto.Crypto;
import org.ecryptfsj.keymodule.Secret;

/** HKDF with SHA-256 (RFC 5869) and a result of one block, by libcrypto. */
final class HkdfSha256 {
    static final int RESULT_BYTES = 32;

    private final Crypto crypto;

    /** @throws CryptoMissingException if there is no libcrypto */
    HkdfSha256() {
        crypto = Libcrypto.load();
    }

    /**
     * A key of {@link #RESULT_BYTES} bytes.
     *
     * @param material what the key is made of
     * @param salt random, no secret
     * @param info what the key is for
     * @return closed by the caller
     */
    Secret derive(Secret material, byte[] salt, byte[] info) {
        ByteBuffer saltBuffer = ByteBuffer.allocateDirect(salt.length).put(0, salt);
        ByteBuffer block =
                ByteBuffer.allocateDirect(info.length + 1).put(0, info).put(info.length, (byte) 1);
        try (Secret extracted = Secret.allocate(RESULT_BYTES)) {
            hmac(saltBuffer, material.buffer(), extracted.buffer());
            Secret expanded = Secret.allocate(RESULT_BYTES);
            hmac(extracted.buffer(), block, expanded.buffer());
            return expanded;
        }
    }

    private void hmac(ByteBuffer key, ByteBuffer bytes, ByteBuffer out) {
        ByteBuffer length = ByteBuffer.allocateDirect(Integer.BYTES);
        if (crypto.HMAC(crypto.EVP_sha256(), key, key.capacity(), bytes, bytes.capacity(), out, length) == null) {
            throw new IllegalStateException("HMAC failed in libcrypto");
        }
    }
}
