package org.ecryptfsj.keymodule.tspi.envelope;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.byref.IntByReference;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.tspi.envelope.Native.Crypto;

/** AES-256 in Galois/counter mode, and random bytes, by libcrypto: keys and plaintext stay in locked memory. */
final class AesGcm {
    static final int KEY_BYTES = 32;
    static final int NONCE_BYTES = 12;
    static final int TAG_BYTES = 16;

    private static final int GET_TAG = 0x10;
    private static final int SET_TAG = 0x11;

    private final Crypto crypto;

    /** @throws KeyModuleException SERVICE_UNAVAILABLE if there is no libcrypto */
    AesGcm() throws KeyModuleException {
        crypto = Native.load();
    }

    /** Fills the buffer from position 0 to its capacity. */
    void random(ByteBuffer direct) {
        require(crypto.RAND_priv_bytes(direct.duplicate().clear(), direct.capacity()) == 1, "RAND_priv_bytes");
    }

    /** The ciphertext, followed by the tag. */
    byte[] encrypt(Secret key, byte[] nonce, byte[] associated, Secret plain) {
        Pointer context = crypto.EVP_CIPHER_CTX_new();
        require(context != null, "EVP_CIPHER_CTX_new");
        try {
            IntByReference length = new IntByReference();
            byte[] out = new byte[plain.size() + TAG_BYTES];
            ByteBuffer cipherText = ByteBuffer.allocateDirect(plain.size() + TAG_BYTES);
            ByteBuffer tag = ByteBuffer.allocateDirect(TAG_BYTES);
            require(
                    crypto.EVP_EncryptInit_ex(context, crypto.EVP_aes_256_gcm(), null, key.buffer(), direct(nonce)) == 1
                            && crypto.EVP_EncryptUpdate(context, null, length, direct(associated), associated.length)
                                    == 1
                            && crypto.EVP_EncryptUpdate(context, cipherText, length, plain.buffer(), plain.size()) == 1
                            && crypto.EVP_EncryptFinal_ex(context, direct(new byte[TAG_BYTES]), length) == 1
                            && crypto.EVP_CIPHER_CTX_ctrl(context, GET_TAG, TAG_BYTES, tag) == 1,
                    "EVP_Encrypt");
            cipherText.get(0, out, 0, plain.size());
            tag.get(0, out, plain.size(), TAG_BYTES);
            return out;
        } finally {
            crypto.EVP_CIPHER_CTX_free(context);
        }
    }

    /**
     * The plaintext, closed by the caller.
     *
     * @param sealed the ciphertext, followed by the tag
     * @throws KeyModuleException BAD_DATA if anything of it was changed, or the key is another one
     */
    Secret decrypt(Secret key, byte[] nonce, byte[] associated, byte[] sealed) throws KeyModuleException {
        int size = sealed.length - TAG_BYTES;
        Pointer context = crypto.EVP_CIPHER_CTX_new();
        require(context != null, "EVP_CIPHER_CTX_new");
        Secret plain = Secret.allocate(size);
        boolean authentic = false;
        try {
            IntByReference length = new IntByReference();
            ByteBuffer all = direct(sealed);
            require(
                    crypto.EVP_DecryptInit_ex(context, crypto.EVP_aes_256_gcm(), null, key.buffer(), direct(nonce)) == 1
                            && crypto.EVP_DecryptUpdate(context, null, length, direct(associated), associated.length)
                                    == 1
                            && crypto.EVP_DecryptUpdate(context, plain.buffer(), length, all.slice(0, size), size) == 1
                            && crypto.EVP_CIPHER_CTX_ctrl(context, SET_TAG, TAG_BYTES, all.slice(size, TAG_BYTES)) == 1,
                    "EVP_Decrypt");
            authentic = crypto.EVP_DecryptFinal_ex(context, direct(new byte[TAG_BYTES]), length) == 1;
        } finally {
            crypto.EVP_CIPHER_CTX_free(context);
            if (!authentic) {
                plain.close();
            }
        }
        if (!authentic) {
            throw new KeyModuleException(
                    Reason.BAD_DATA,
                    "the file's encrypted key is damaged, or was made with another KEK",
                    "Restore the lower file.");
        }
        return plain;
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static void require(boolean done, String call) {
        if (!done) {
            throw new IllegalStateException(call + " failed in libcrypto");
        }
    }
}
