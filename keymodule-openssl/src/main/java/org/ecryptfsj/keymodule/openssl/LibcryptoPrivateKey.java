package org.ecryptfsj.keymodule.openssl;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Optional;
import jnr.ffi.Pointer;
import jnr.ffi.byref.PointerByReference;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.openssl.LibcryptoRsa.Crypto;

/** A private key that libcrypto has read: its numbers are never on the heap, and libcrypto wipes them when it is closed. */
final class LibcryptoPrivateKey implements PrivateKeyHandle {
    private static final int OAEP = 4;

    private final Crypto crypto;
    private final Pointer rsa;
    private boolean open = true;

    private LibcryptoPrivateKey(Crypto crypto, Pointer rsa) {
        this.crypto = crypto;
        this.rsa = rsa;
    }

    /**
     * Reads a PEM file's first private key.
     *
     * @param passphrase stays the caller's, as does the file
     * @return closed by the caller; empty if there is no libcrypto, or it cannot read an RSA key there
     */
    static Optional<RsaKey> read(Secret pem, Secret passphrase) {
        return LibcryptoRsa.CRYPTO.flatMap(crypto -> read(crypto, pem, passphrase));
    }

    private static Optional<RsaKey> read(Crypto crypto, Secret pem, Secret passphrase) {
        Pointer bio = crypto.BIO_new_mem_buf(pem.buffer(), pem.size());
        if (bio == null) {
            throw new OutOfMemoryError("BIO_new_mem_buf");
        }
        // Without a passphrase libcrypto would ask at the terminal; an empty one it takes for a wrong one.
        try (Secret ended = Secret.allocate(passphrase.size() + 1)) {
            passphrase.writeTo(ended.buffer());
            Pointer rsa = crypto.PEM_read_bio_RSAPrivateKey(bio, null, null, ended.buffer());
            crypto.ERR_clear_error();
            return Optional.ofNullable(rsa).map(key -> new LibcryptoPrivateKey(crypto, key).withPublicHalf());
        } finally {
            crypto.BIO_free(bio);
        }
    }

    private RsaKey withPublicHalf() {
        PointerByReference n = new PointerByReference();
        PointerByReference e = new PointerByReference();
        crypto.RSA_get0_key(rsa, n, e, null);
        return new RsaKey(number(n.getValue()), number(e.getValue()), this);
    }

    private BigInteger number(Pointer number) {
        ByteBuffer direct = ByteBuffer.allocateDirect((crypto.BN_num_bits(number) + Byte.SIZE - 1) / Byte.SIZE);
        byte[] bytes = new byte[crypto.BN_bn2bin(number, direct)];
        direct.get(bytes);
        return new BigInteger(1, bytes);
    }

    @Override
    public synchronized Secret decrypt(byte[] encrypted) throws InvalidCipherTextException {
        if (!open) {
            throw new IllegalStateException("the key was wiped");
        }
        ByteBuffer from =
                ByteBuffer.allocateDirect(encrypted.length).put(encrypted).flip();
        try (Secret room = Secret.allocate(encrypted.length)) {
            int size = crypto.RSA_private_decrypt(encrypted.length, from, room.buffer(), rsa, OAEP);
            crypto.ERR_clear_error();
            if (size < 0) {
                throw new InvalidCipherTextException("libcrypto cannot decrypt it");
            }
            return Secret.copyOf(room.buffer().limit(size));
        }
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            crypto.RSA_free(rsa);
        }
    }
}
