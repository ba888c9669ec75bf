package org.ecryptfsj.keyfile;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import org.ecryptfsj.libcrypto.LibcryptoLoader;

/** OpenSSL's libcrypto. Only {@link AesGcm} and {@link HkdfSha256} call its functions. */
final class Libcrypto {
    private Libcrypto() {}

    /**
     * Loads the library.
     *
     * @throws CryptoMissingException if it is not installed
     */
    static Crypto load() {
        try {
            return LibcryptoLoader.load(Crypto.class);
        } catch (UnsatisfiedLinkError e) {
            throw new CryptoMissingException(e);
        }
    }

    /** The functions (openssl/evp.h, openssl/hmac.h, openssl/rand.h). Public, because jnr-ffi implements it elsewhere. */
    public interface Crypto {
        Pointer EVP_aes_256_gcm();

        Pointer EVP_sha256();

        Pointer EVP_CIPHER_CTX_new();

        void EVP_CIPHER_CTX_free(Pointer context);

        int EVP_CIPHER_CTX_ctrl(Pointer context, int type, int argument, ByteBuffer pointer);

        int EVP_EncryptInit_ex(Pointer context, Pointer cipher, Pointer engine, @In ByteBuffer key, @In ByteBuffer iv);

        int EVP_EncryptUpdate(
                Pointer context, @Out ByteBuffer out, @Out ByteBuffer length, @In ByteBuffer in, int inLength);

        int EVP_EncryptFinal_ex(Pointer context, @Out ByteBuffer out, @Out ByteBuffer length);

        int EVP_DecryptInit_ex(Pointer context, Pointer cipher, Pointer engine, @In ByteBuffer key, @In ByteBuffer iv);

        int EVP_DecryptUpdate(
                Pointer context, @Out ByteBuffer out, @Out ByteBuffer length, @In ByteBuffer in, int inLength);

        int EVP_DecryptFinal_ex(Pointer context, @Out ByteBuffer out, @Out ByteBuffer length);

        Pointer HMAC(
                Pointer digest,
                @In ByteBuffer key,
                int keyLength,
                @In ByteBuffer bytes,
                @size_t long count,
                @Out ByteBuffer out,
                @Out ByteBuffer length);

        int RAND_priv_bytes(@Out ByteBuffer into, int count);
    }
}
