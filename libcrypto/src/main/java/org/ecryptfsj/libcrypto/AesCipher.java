package org.ecryptfsj.libcrypto;

import static org.ecryptfsj.libcrypto.CallResult.require;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.keymodule.Secret;

/**
 * AES (FIPS 197) with one key, without padding, by libcrypto: ECB in both directions, and decryption in CBC mode. Keeps the
 * expanded key in libcrypto's memory until it is closed. Used by one thread at a time.
 */
public final class AesCipher implements AutoCloseable {
    private static final int DECRYPT = 0;
    private static final int ENCRYPT = 1;

    private final Crypto crypto;
    private final Secret key;
    private final ByteBuffer written = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
    private long cbc;

    /** The functions (openssl/evp.h). */
    @CFunctions
    interface Crypto {
        long EVP_aes_128_ecb();

        long EVP_aes_192_ecb();

        long EVP_aes_256_ecb();

        long EVP_aes_128_cbc();

        long EVP_aes_192_cbc();

        long EVP_aes_256_cbc();

        long EVP_CIPHER_CTX_new();

        void EVP_CIPHER_CTX_free(long context);

        int EVP_CIPHER_CTX_set_padding(long context, int padding);

        int EVP_CipherInit_ex(long context, long cipher, long engine, ByteBuffer key, ByteBuffer iv, int encrypt);

        int EVP_CipherUpdate(long context, ByteBuffer out, ByteBuffer length, ByteBuffer in, int inLength);
    }

    /**
     * Creates a cipher.
     *
     * @param key 16, 24 or 32 bytes; owned by the caller, and open as long as the cipher
     * @throws LibcryptoMissingException if libcrypto is not installed
     */
    public AesCipher(Secret key) {
        if (key.size() != 16 && key.size() != 24 && key.size() != 32) {
            throw new IllegalArgumentException("a key of " + key.size() + " bytes");
        }
        this.crypto = LibcryptoLoader.load(Crypto.class, AesCipherCryptoBinding::new);
        this.key = key;
    }

    /**
     * Encrypts or decrypts in ECB mode.
     *
     * @param blocks whole blocks
     * @return as many bytes; closed by the caller
     */
    public Secret ecb(boolean encrypt, Secret blocks) {
        long context = newContext();
        Secret result = Secret.allocate(blocks.size());
        boolean done = false;
        try {
            int direction = encrypt ? ENCRYPT : DECRYPT;
            done = crypto.EVP_CipherInit_ex(context, ecbCipher(), 0, key.buffer(), null, direction) == 1
                    && crypto.EVP_CIPHER_CTX_set_padding(context, 0) == 1
                    && update(context, blocks.buffer(), blocks.size(), result.buffer());
            require(done, "EVP_Cipher");
            return result;
        } finally {
            crypto.EVP_CIPHER_CTX_free(context);
            if (!done) {
                result.close();
            }
        }
    }

    /**
     * Begins to decrypt in CBC mode.
     *
     * @param iv a direct buffer with a block
     */
    public void beginCbc(ByteBuffer iv) {
        ByteBuffer bytes = key.buffer();
        if (cbc == 0) {
            cbc = newContext();
            require(
                    crypto.EVP_CipherInit_ex(cbc, cbcCipher(), 0, bytes, iv, DECRYPT) == 1
                            && crypto.EVP_CIPHER_CTX_set_padding(cbc, 0) == 1,
                    "EVP_CipherInit_ex");
        } else {
            require(crypto.EVP_CipherInit_ex(cbc, 0, 0, null, iv, DECRYPT) == 1, "EVP_CipherInit_ex");
        }
    }

    /**
     * Decrypts the next blocks in CBC mode, after {@link #beginCbc}.
     *
     * @param encrypted a direct buffer, read from its position on, which does not move
     * @param length whole blocks, in bytes
     * @param plain another direct buffer, written from its position on, which does not move
     */
    public void decryptCbc(ByteBuffer encrypted, int length, ByteBuffer plain) {
        if (cbc == 0) {
            throw new IllegalStateException("no initialization vector was given, or the cipher is closed");
        }
        if (length > encrypted.remaining() || length > plain.remaining()) {
            throw new IllegalArgumentException(
                    length + " bytes from " + encrypted.remaining() + " to " + plain.remaining());
        }
        require(update(cbc, encrypted, length, plain), "EVP_CipherUpdate");
    }

    private boolean update(long context, ByteBuffer in, int length, ByteBuffer out) {
        return crypto.EVP_CipherUpdate(context, out, written, in, length) == 1 && written.getInt(0) == length;
    }

    private long newContext() {
        return require(crypto.EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new");
    }

    private long ecbCipher() {
        return switch (key.size()) {
            case 16 -> crypto.EVP_aes_128_ecb();
            case 24 -> crypto.EVP_aes_192_ecb();
            default -> crypto.EVP_aes_256_ecb();
        };
    }

    private long cbcCipher() {
        return switch (key.size()) {
            case 16 -> crypto.EVP_aes_128_cbc();
            case 24 -> crypto.EVP_aes_192_cbc();
            default -> crypto.EVP_aes_256_cbc();
        };
    }

    /** Wipes the expanded key. */
    @Override
    public void close() {
        if (cbc != 0) {
            crypto.EVP_CIPHER_CTX_free(cbc);
            cbc = 0;
        }
    }
}
