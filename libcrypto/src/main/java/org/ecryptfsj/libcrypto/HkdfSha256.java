package org.ecryptfsj.libcrypto;

import java.nio.ByteBuffer;
import org.ecryptfsj.keymodule.Secret;

/** HKDF with SHA-256 (RFC 5869) and a result of one block. */
public final class HkdfSha256 {
    private final Sha256 sha256 = new Sha256();

    /** @throws LibcryptoMissingException if libcrypto is not installed */
    public HkdfSha256() {}

    /**
     * A key of 32 bytes.
     *
     * @param material what the key is made of
     * @param salt random, no secret
     * @param info what the key is for
     * @return closed by the caller
     */
    public Secret derive(Secret material, byte[] salt, byte[] info) {
        ByteBuffer saltBuffer = ByteBuffer.allocateDirect(salt.length).put(0, salt);
        ByteBuffer block =
                ByteBuffer.allocateDirect(info.length + 1).put(0, info).put(info.length, (byte) 1);
        try (Secret extracted = sha256.hmac(saltBuffer, material.buffer())) {
            return sha256.hmac(extracted.buffer(), block);
        }
    }
}
