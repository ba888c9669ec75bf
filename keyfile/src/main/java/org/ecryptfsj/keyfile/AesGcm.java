package org.ecryptfsj.keyfile;

import java.nio.ByteBuffer;
import java.util.Optional;
import jnr.ffi.Pointer;
import org.ecryptfsj.keyfile.Libcrypto.Crypto;
import org.ecryptfsj.keymodule.Secret;

/**
 * AES-256 in Galois/counter mode with a random nonce, and random bytes, by libcrypto: keys and plaintext stay in locked memory.
 * What is encrypted is the nonce, the ciphertext and the tag, one after the other (docs/spec/key-file.md, section 3).
 */
final class AesGcm {
    static final int KEY_BYTES = 32;

    /** Bytes by which the ciphertext is longer than the plaintext. */
    static final int OVERHEAD_BYTES = 28;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int GET_TAG = 0x10;
    private static final int SET_TAG = 0x11;

    private final Crypto crypto;
    private final Pointer cipher;

    /** @throws CryptoMissingException if there is no libcrypto */
    AesGcm() {
        crypto = Libcrypto.load();
        cipher = crypto.EVP_aes_256_gcm();
    }

    /** Random bytes that are no secret: a salt. */
    byte[] random(int count) {
        byte[] bytes = new byte[count];
        ByteBuffer direct = ByteBuffer.allocateDirect(count);
        require(crypto.RAND_priv_bytes(direct, count) == 1, "RAND_priv_bytes");
        direct.get(0, bytes);
        return bytes;
    }

    /** Random bytes, closed by the caller. */
    Secret randomSecret(int count) {
        Secret secret = Secret.allocate(count);
        require(crypto.RAND_priv_bytes(secret.buffer(), count) == 1, "RAND_priv_bytes");
        return secret;
    }

    /**
     * Encrypts.
     *
     * @param key {@link #KEY_BYTES} bytes
     * @param associated what is authenticated beside the plaintext
     */
    byte[] encrypt(Secret key, byte[] associated, Secret plain) {
        int size = plain.size();
        ByteBuffer message = ByteBuffer.allocateDirect(NONCE_BYTES + size + TAG_BYTES);
        ByteBuffer nonce = message.slice(0, NONCE_BYTES);
        ByteBuffer length = ByteBuffer.allocateDirect(Integer.BYTES);
        require(crypto.RAND_priv_bytes(nonce, NONCE_BYTES) == 1, "RAND_priv_bytes");
        Pointer context = newContext();
        try {
            require(
                    crypto.EVP_EncryptInit_ex(context, cipher, null, key.buffer(), nonce) == 1
                            && crypto.EVP_EncryptUpdate(context, null, length, direct(associated), associated.length)
                                    == 1
                            && crypto.EVP_EncryptUpdate(
                                            context, message.slice(NONCE_BYTES, size), length, plain.buffer(), size)
                                    == 1
                            && crypto.EVP_EncryptFinal_ex(context, ByteBuffer.allocateDirect(TAG_BYTES), length) == 1
                            && crypto.EVP_CIPHER_CTX_ctrl(
                                            context, GET_TAG, TAG_BYTES, message.slice(NONCE_BYTES + size, TAG_BYTES))
                                    == 1,
                    "EVP_Encrypt");
        } finally {
            crypto.EVP_CIPHER_CTX_free(context);
        }
        byte[] out = new byte[message.capacity()];
        message.get(0, out);
        return out;
    }

    /**
     * Decrypts.
     *
     * @param bytes as {@link #encrypt} returned them, longer than {@link #OVERHEAD_BYTES}
     * @return closed by the caller; empty if anything was changed, or the key is another one
     */
    Optional<Secret> decrypt(Secret key, byte[] associated, byte[] bytes) {
        int size = bytes.length - OVERHEAD_BYTES;
        ByteBuffer message = direct(bytes);
        ByteBuffer length = ByteBuffer.allocateDirect(Integer.BYTES);
        Secret plain = Secret.allocate(size);
        boolean authentic = false;
        Pointer context = newContext();
        try {
            require(
                    crypto.EVP_DecryptInit_ex(context, cipher, null, key.buffer(), message.slice(0, NONCE_BYTES)) == 1
                            && crypto.EVP_DecryptUpdate(context, null, length, direct(associated), associated.length)
                                    == 1
                            && crypto.EVP_DecryptUpdate(
                                            context, plain.buffer(), length, message.slice(NONCE_BYTES, size), size)
                                    == 1
                            && crypto.EVP_CIPHER_CTX_ctrl(
                                            context, SET_TAG, TAG_BYTES, message.slice(NONCE_BYTES + size, TAG_BYTES))
                                    == 1,
                    "EVP_Decrypt");
            authentic = crypto.EVP_DecryptFinal_ex(context, ByteBuffer.allocateDirect(TAG_BYTES), length) == 1;
        } finally {
            crypto.EVP_CIPHER_CTX_free(context);
            if (!authentic) {
                plain.close();
            }
        }
        return authentic ? Optional.of(plain) : Optional.empty();
    }

    private Pointer newContext() {
        Pointer context = crypto.EVP_CIPHER_CTX_new();
        require(context != null, "EVP_CIPHER_CTX_new");
        return context;
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
    }

    private static void require(boolean done, String call) {
        if (!done) {
            throw new IllegalStateException(call + " failed in libcrypto");
        }
    }
}
