package org.ecryptfsj.keymodule.tspi.envelope;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.libcrypto.LibcryptoLoader;

/** The functions of OpenSSL's libcrypto for {@link AesGcm}. It is installed with libtspi, which needs it. */
final class LibcryptoAes {
    private LibcryptoAes() {}

    /**
     * Loads the library.
     *
     * @throws KeyModuleException SERVICE_UNAVAILABLE if it is not installed
     */
    static Crypto load() throws KeyModuleException {
        try {
            return LibcryptoLoader.load(Crypto.class);
        } catch (UnsatisfiedLinkError e) {
            throw new KeyModuleException(
                    Reason.SERVICE_UNAVAILABLE, e.getMessage(), "Install OpenSSL's library (package libssl3).", 0, e);
        }
    }

    /** The functions (openssl/evp.h, openssl/rand.h). Public, because jnr-ffi implements it from another class loader. */
    public interface Crypto {
        Pointer EVP_aes_256_gcm();

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

        int RAND_priv_bytes(@Out ByteBuffer into, int count);
    }
}
