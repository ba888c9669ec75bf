package org.ecryptfsj.libcrypto;

import static org.ecryptfsj.libcrypto.CallResult.require;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.keymodule.Secret;

/**
 * AES-256 in Galois/counter mode with a random nonce, and random bytes, by libcrypto: keys and plaintext stay in locked memory.
 * A message is the nonce, the ciphertext and the tag, one after the other (docs/spec/key-file.md, section 3). Any thread may
 * call any method.
 */
public final class AesGcm {
    /** Bytes of a key. */
    public static final int KEY_BYTES = 32;

    /** Bytes of a nonce, the first of a message. */
    public static final int NONCE_BYTES = 12;

    /** Bytes of a tag, the last of a message. */
    public static final int TAG_BYTES = 16;

    /** Bytes by which a message is longer than its plaintext. */
    public static final int OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;

    private static final int BUFFER_BYTES = 1024;
    private static final int GET_TAG = 0x10;
    private static final int SET_TAG = 0x11;

    private final Crypto crypto;
    private final long cipher;

    /** Allocated once for messages of usual size, because direct memory is slow to allocate. */
    private final ByteBuffer messageBuffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    private final ByteBuffer associatedBuffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer length = ByteBuffer.allocateDirect(Integer.BYTES);
    private final ByteBuffer nothing = ByteBuffer.allocateDirect(TAG_BYTES);

    /** The functions (openssl/evp.h, openssl/rand.h). */
    @CFunctions
    interface Crypto {
        long EVP_aes_256_gcm();

        long EVP_CIPHER_CTX_new();

        void EVP_CIPHER_CTX_free(long context);

        int EVP_CIPHER_CTX_ctrl(long context, int type, int argument, ByteBuffer pointer);

        int EVP_EncryptInit_ex(long context, long cipher, long engine, ByteBuffer key, ByteBuffer iv);

        int EVP_EncryptUpdate(long context, ByteBuffer out, ByteBuffer length, ByteBuffer in, int inLength);

        int EVP_EncryptFinal_ex(long context, ByteBuffer out, ByteBuffer length);

        int EVP_DecryptInit_ex(long context, long cipher, long engine, ByteBuffer key, ByteBuffer iv);

        int EVP_DecryptUpdate(long context, ByteBuffer out, ByteBuffer length, ByteBuffer in, int inLength);

        int EVP_DecryptFinal_ex(long context, ByteBuffer out, ByteBuffer length);

        int RAND_priv_bytes(ByteBuffer into, int count);
    }

    /** @throws LibcryptoMissingException if libcrypto is not installed */
    public AesGcm() {
        crypto = LibcryptoLoader.load(Crypto.class, AesGcmCryptoBinding::new);
        cipher = crypto.EVP_aes_256_gcm();
    }

    /** Fills a direct buffer with random bytes, from position 0 to its capacity. */
    public void random(ByteBuffer direct) {
        require(crypto.RAND_priv_bytes(direct.duplicate().clear(), direct.capacity()) == 1, "RAND_priv_bytes");
    }

    /** Random bytes that are no secret, such as a salt. */
    public byte[] random(int count) {
        ByteBuffer direct = ByteBuffer.allocateDirect(count);
        random(direct);
        byte[] bytes = new byte[count];
        direct.get(0, bytes);
        return bytes;
    }

    /** Random bytes, closed by the caller. */
    public Secret randomSecret(int count) {
        Secret secret = Secret.allocate(count);
        random(secret.buffer());
        return secret;
    }

    /**
     * Encrypts with a new random nonce.
     *
     * @param key {@link #KEY_BYTES} bytes
     * @param associated bytes that are authenticated but not encrypted
     * @return the message
     */
    public synchronized byte[] encrypt(Secret key, byte[] associated, Secret plain) {
        int size = plain.size();
        ByteBuffer header = direct(associatedBuffer, associated);
        ByteBuffer message = room(messageBuffer, size + OVERHEAD_BYTES);
        ByteBuffer nonce = message.slice(0, NONCE_BYTES);
        ByteBuffer tag = message.slice(NONCE_BYTES + size, TAG_BYTES);
        random(nonce);
        long context = newContext();
        try {
            require(
                    crypto.EVP_EncryptInit_ex(context, cipher, 0, key.buffer(), nonce) == 1
                            && crypto.EVP_EncryptUpdate(context, null, length, header, associated.length) == 1
                            && crypto.EVP_EncryptUpdate(
                                            context, message.slice(NONCE_BYTES, size), length, plain.buffer(), size)
                                    == 1
                            && crypto.EVP_EncryptFinal_ex(context, nothing, length) == 1
                            && crypto.EVP_CIPHER_CTX_ctrl(context, GET_TAG, TAG_BYTES, tag) == 1,
                    "EVP_Encrypt");
        } finally {
            crypto.EVP_CIPHER_CTX_free(context);
        }
        byte[] out = new byte[size + OVERHEAD_BYTES];
        message.get(0, out);
        return out;
    }

    /**
     * Decrypts a message.
     *
     * @param key {@link #KEY_BYTES} bytes
     * @param associated the bytes that were given when it was encrypted
     * @return the plaintext, closed by the caller; empty if anything was changed, or the key is another one
     */
    public synchronized Optional<Secret> decrypt(Secret key, byte[] associated, byte[] bytes) {
        int size = bytes.length - OVERHEAD_BYTES;
        if (size < 0) {
            return Optional.empty();
        }
        ByteBuffer header = direct(associatedBuffer, associated);
        ByteBuffer message = direct(messageBuffer, bytes);
        ByteBuffer nonce = message.slice(0, NONCE_BYTES);
        ByteBuffer tag = message.slice(NONCE_BYTES + size, TAG_BYTES);
        Secret plain = Secret.allocate(size);
        boolean authentic = false;
        long context = newContext();
        try {
            require(
                    crypto.EVP_DecryptInit_ex(context, cipher, 0, key.buffer(), nonce) == 1
                            && crypto.EVP_DecryptUpdate(context, null, length, header, associated.length) == 1
                            && crypto.EVP_DecryptUpdate(
                                            context, plain.buffer(), length, message.slice(NONCE_BYTES, size), size)
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
        return authentic ? Optional.of(plain) : Optional.empty();
    }

    private long newContext() {
        long context = crypto.EVP_CIPHER_CTX_new();
        require(context != 0, "EVP_CIPHER_CTX_new");
        return context;
    }

    private static ByteBuffer direct(ByteBuffer usual, byte[] bytes) {
        return room(usual, bytes.length).put(0, bytes);
    }

    private static ByteBuffer room(ByteBuffer usual, int count) {
        return count <= usual.capacity() ? usual.clear() : ByteBuffer.allocateDirect(count);
    }
}
