package org.ecryptfsj.libcrypto;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import org.ecryptfsj.keymodule.Secret;

/** HKDF with SHA-256 (RFC 5869) and a result of one block, by libcrypto. */
public final class HkdfSha256 {
    private static final int RESULT_BYTES = 32;

    private final Crypto crypto;

    /** The functions (openssl/evp.h, openssl/hmac.h). Public, because jnr-ffi implements it from another class loader. */
    public interface Crypto {
        Pointer EVP_sha256();

        Pointer HMAC(
                Pointer digest,
                @In ByteBuffer key,
                int keyLength,
                @In ByteBuffer bytes,
                @size_t long count,
                @Out ByteBuffer out,
                @Out ByteBuffer length);
    }

    /** @throws LibcryptoMissingException if libcrypto is not installed */
    public HkdfSha256() {
        crypto = LibcryptoLoader.load(Crypto.class);
    }

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
