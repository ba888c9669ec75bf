package org.ecryptfsj.keymodule.openssl;

import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Optional;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.byref.PointerByReference;
import org.ecryptfsj.libcrypto.LibcryptoLoader;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;

/** The functions of OpenSSL's libcrypto for {@link LibcryptoKeyPair}. */
final class LibcryptoRsa {
    /** The functions; empty if libcrypto is not installed. */
    static final Optional<Crypto> CRYPTO = load();

    private LibcryptoRsa() {}

    private static Optional<Crypto> load() {
        try {
            return Optional.of(LibcryptoLoader.load(Crypto.class));
        } catch (LibcryptoMissingException e) {
            System.getLogger(LibcryptoRsa.class.getName())
                    .log(
                            Level.INFO,
                            "libcrypto is not available, so RSA keys leave traces in this process's memory: {0}",
                            e.getMessage());
            return Optional.empty();
        }
    }

    /** The functions (openssl/pem.h, openssl/rsa.h). Public, because jnr-ffi implements it from another class loader. */
    public interface Crypto {
        Pointer BIO_new_mem_buf(@In ByteBuffer bytes, int length);

        int BIO_free(Pointer bio);

        Pointer PEM_read_bio_RSAPrivateKey(Pointer bio, Pointer into, Pointer callback, @In ByteBuffer passphrase);

        void RSA_get0_key(Pointer rsa, @Out PointerByReference n, @Out PointerByReference e, Pointer d);

        int RSA_size(Pointer rsa);

        int RSA_public_encrypt(int length, @In ByteBuffer from, @Out ByteBuffer to, Pointer rsa, int padding);

        int RSA_private_decrypt(int length, @In ByteBuffer from, @Out ByteBuffer to, Pointer rsa, int padding);

        void RSA_free(Pointer rsa);

        int BN_num_bits(Pointer number);

        int BN_bn2bin(Pointer number, @Out ByteBuffer into);

        void ERR_clear_error();
    }
}
