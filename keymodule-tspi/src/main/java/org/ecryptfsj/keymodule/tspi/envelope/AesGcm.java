package org.ecryptfsj.keymodule.tspi.envelope;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.tspi.envelope.LibcryptoAes.Crypto;

/**
 * AES-256 in Galois/counter mode, and random bytes, by libcrypto: keys and plaintext stay in locked memory. A message is
 * the associated bytes, the nonce, the ciphertext and the tag, one after the other.
 */
final class AesGcm {
    static final int KEY_BYTES = 32;
    static final int NONCE_BYTES = 12;
    static final int TAG_BYTES = 16;

    /** The longest message. */
    static final int MAX_BYTES = 1024;

    private static final int GET_TAG = 0x10;
    private static final int SET_TAG = 0x11;

    private final Crypto crypto;
    private final Pointer cipher;

    /** The buffer for libcrypto, allocated once because direct memory is slow to allocate. */
    private final ByteBuffer message = ByteBuffer.allocateDirect(MAX_BYTES);

    private final ByteBuffer length = ByteBuffer.allocateDirect(Integer.BYTES);
    private final ByteBuffer nothing = ByteBuffer.allocateDirect(TAG_BYTES);

    /** @throws KeyModuleException SERVICE_UNAVAILABLE if libcrypto is not installed */
    AesGcm() throws KeyModuleException {
        crypto = LibcryptoAes.load();
        cipher = crypto.EVP_aes_256_gcm();
    }

    /** Fills the buffer from position 0 to its capacity. */
    void random(ByteBuffer direct) {
        require(crypto.RAND_priv_bytes(direct.duplicate().clear(), direct.capacity()) == 1, "RAND_priv_bytes");
    }

    /**
     * Encrypts with a random nonce.
     *
     * @param associated bytes that are authenticated but not encrypted
     * @return the message
     */
    synchronized byte[] encrypt(Secret key, byte[] associated, Secret plain) {
        int size = plain.size();
        int text = associated.length + NONCE_BYTES;
        byte[] out = new byte[text + size + TAG_BYTES];
        message.clear().put(associated);
        ByteBuffer nonce = message.slice(associated.length, NONCE_BYTES);
        random(nonce);
        Pointer context = newContext();
        try {
            require(
                    crypto.EVP_EncryptInit_ex(context, cipher, null, key.buffer(), nonce) == 1
                            && crypto.EVP_EncryptUpdate(context, null, length, message.rewind(), associated.length) == 1
                            && crypto.EVP_EncryptUpdate(
                                            context, message.slice(text, size), length, plain.buffer(), size)
                                    == 1
                            && crypto.EVP_EncryptFinal_ex(context, nothing, length) == 1
                            && crypto.EVP_CIPHER_CTX_ctrl(
                                            context, GET_TAG, TAG_BYTES, message.slice(text + size, TAG_BYTES))
                                    == 1,
                    "EVP_Encrypt");
        } finally {
            crypto.EVP_CIPHER_CTX_free(context);
        }
        message.get(0, out);
        return out;
    }

    /**
     * Decrypts a message.
     *
     * @param associated the number of bytes before the nonce
     * @return the plaintext, closed by the caller
     * @throws KeyModuleException BAD_DATA if the message was changed, or the key is wrong
     */
    synchronized Secret decrypt(Secret key, byte[] bytes, int associated) throws KeyModuleException {
        int text = associated + NONCE_BYTES;
        int size = bytes.length - text - TAG_BYTES;
        message.clear().put(bytes);
        Secret plain = Secret.allocate(size);
        boolean authentic = false;
        Pointer context = newContext();
        try {
            ByteBuffer nonce = message.slice(associated, NONCE_BYTES);
            ByteBuffer tag = message.slice(text + size, TAG_BYTES);
            require(
                    crypto.EVP_DecryptInit_ex(context, cipher, null, key.buffer(), nonce) == 1
                            && crypto.EVP_DecryptUpdate(context, null, length, message.rewind(), associated) == 1
                            && crypto.EVP_DecryptUpdate(
                                            context, plain.buffer(), length, message.slice(text, size), size)
                                    == 1
                            && crypto.EVP_CIPHER_CTX_ctrl(context, SET_TAG, TAG_BYTES, tag) == 1,
                    "EVP_Decrypt");
            authentic = crypto.EVP_DecryptFinal_ex(context, nothing, length) == 1;
        } finally {
            crypto.EVP_CIPHER_CTX_free(context);
            if (!authentic) {
                plain.close();
            }
        }
        if (!authentic) {
            throw new KeyModuleException(
                    Reason.BAD_DATA,
                    "the file's encrypted key is damaged, or was encrypted with another KEK",
                    "Restore the lower file.");
        }
        return plain;
    }

    private Pointer newContext() {
        Pointer context = crypto.EVP_CIPHER_CTX_new();
        require(context != null, "EVP_CIPHER_CTX_new");
        return context;
    }

    private static void require(boolean done, String call) {
        if (!done) {
            throw new IllegalStateException(call + " failed in libcrypto");
        }
    }
}
