package org.ecryptfsj.keymodule.openssl;

import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.libcrypto.LibcryptoLoader;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;

/** The functions of OpenSSL's libcrypto for {@link LibcryptoKeyPair}. */
final class LibcryptoRsa {
    /** The functions; empty if libcrypto is not installed. */
    static final Optional<Crypto> CRYPTO = load();

    private LibcryptoRsa() {}

    private static Optional<Crypto> load() {
        try {
            return Optional.of(LibcryptoLoader.load(Crypto.class, LibcryptoRsaCryptoBinding::new));
        } catch (LibcryptoMissingException e) {
            System.getLogger(LibcryptoRsa.class.getName())
                    .log(
                            Level.INFO,
                            "libcrypto is not available, so RSA keys leave traces in this process's memory: {0}",
                            e.getMessage());
            return Optional.empty();
        }
    }

    /** The functions (openssl/pem.h, openssl/rsa.h). */
    @CFunctions
    interface Crypto {
        long BIO_new_mem_buf(ByteBuffer bytes, int length);

        int BIO_free(long bio);

        long PEM_read_bio_RSAPrivateKey(long bio, long into, long callback, ByteBuffer passphrase);

        void RSA_get0_key(long rsa, ByteBuffer n, ByteBuffer e, long d);

        int RSA_size(long rsa);

        int RSA_public_encrypt(int length, ByteBuffer from, ByteBuffer to, long rsa, int padding);

        int RSA_private_decrypt(int length, ByteBuffer from, ByteBuffer to, long rsa, int padding);

        void RSA_free(long rsa);

        int BN_num_bits(long number);

        int BN_bn2bin(long number, ByteBuffer into);

        void ERR_clear_error();
    }
}
