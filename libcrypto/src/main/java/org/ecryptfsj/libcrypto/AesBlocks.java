package org.ecryptfsj.libcrypto;

import static org.ecryptfsj.libcrypto.CallResult.require;

import java.nio.ByteBuffer;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.keymodule.Secret;

/**
 * AES (FIPS 197) without padding, by libcrypto: CBC over whole blocks, CFB over any bytes. The key and the plaintext stay
 * in locked memory. The Java runtime's own ciphers load hundreds of classes first.
 */
public final class AesBlocks {
    /** Bytes of a block. */
    public static final int BLOCK_BYTES = 16;

    private static final int DECRYPT = 0;
    private static final int ENCRYPT = 1;

    private final Crypto crypto;

    /** The functions (openssl/evp.h). */
    @CFunctions
    interface Crypto {
        long EVP_aes_256_cbc();

        long EVP_aes_128_cfb128();

        long EVP_CIPHER_CTX_new();

        void EVP_CIPHER_CTX_free(long context);

        int EVP_CIPHER_CTX_set_padding(long context, int padding);

        int EVP_CipherInit_ex(long context, long cipher, long engine, ByteBuffer key, ByteBuffer iv, int encrypt);

        int EVP_CipherUpdate(long context, ByteBuffer out, ByteBuffer length, ByteBuffer in, int inLength);
    }

    /** @throws LibcryptoMissingException if libcrypto is not installed */
    public AesBlocks() {
        crypto = LibcryptoLoader.load(Crypto.class, AesBlocksCryptoBinding::new);
    }

    /**
     * Encrypts with AES-256 in CBC mode.
     *
     * @param key 32 bytes
     * @param iv {@value #BLOCK_BYTES} bytes
     * @param plain whole blocks
     */
    public byte[] encryptCbc256(Secret key, byte[] iv, Secret plain) {
        requireWholeBlocks(plain.size());
        ByteBuffer out = ByteBuffer.allocateDirect(plain.size());
        ByteBuffer direct = ByteBuffer.allocateDirect(BLOCK_BYTES).put(0, iv);
        run(crypto.EVP_aes_256_cbc(), key, direct, ENCRYPT, plain.buffer(), out);
        return bytes(out);
    }

    /**
     * Encrypts with AES-128 in CFB mode with feedback of whole blocks.
     *
     * @param keyAndIv 16 bytes of key, then {@value #BLOCK_BYTES} bytes of initialization vector
     */
    public byte[] encryptCfb128(Secret keyAndIv, Secret plain) {
        ByteBuffer out = ByteBuffer.allocateDirect(plain.size());
        run(crypto.EVP_aes_128_cfb128(), keyAndIv, iv(keyAndIv), ENCRYPT, plain.buffer(), out);
        return bytes(out);
    }

    /**
     * Decrypts with AES-128 in CFB mode with feedback of whole blocks.
     *
     * @param keyAndIv 16 bytes of key, then {@value #BLOCK_BYTES} bytes of initialization vector
     * @return closed by the caller
     */
    public Secret decryptCfb128(Secret keyAndIv, byte[] encrypted) {
        Secret plain = Secret.allocate(encrypted.length);
        ByteBuffer in = ByteBuffer.allocateDirect(encrypted.length).put(0, encrypted);
        run(crypto.EVP_aes_128_cfb128(), keyAndIv, iv(keyAndIv), DECRYPT, in, plain.buffer());
        return plain;
    }

    private static ByteBuffer iv(Secret keyAndIv) {
        return keyAndIv.buffer().slice(BLOCK_BYTES, BLOCK_BYTES);
    }

    private static void requireWholeBlocks(int size) {
        if (size % BLOCK_BYTES != 0) {
            throw new IllegalArgumentException(size + " bytes are no whole blocks");
        }
    }

    private void run(long cipher, Secret key, ByteBuffer iv, int direction, ByteBuffer in, ByteBuffer out) {
        ByteBuffer length = ByteBuffer.allocateDirect(Integer.BYTES);
        long context = require(crypto.EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new");
        try {
            boolean done = crypto.EVP_CipherInit_ex(context, cipher, 0, key.buffer(), iv, direction) == 1
                    && crypto.EVP_CIPHER_CTX_set_padding(context, 0) == 1
                    && crypto.EVP_CipherUpdate(context, out, length, in, in.capacity()) == 1;
            require(done, "EVP_Cipher");
        } finally {
            crypto.EVP_CIPHER_CTX_free(context);
        }
    }

    private static byte[] bytes(ByteBuffer direct) {
        byte[] bytes = new byte[direct.capacity()];
        direct.get(0, bytes);
        return bytes;
    }
}
