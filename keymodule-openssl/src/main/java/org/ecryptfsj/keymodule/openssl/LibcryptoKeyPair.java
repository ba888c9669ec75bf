package org.ecryptfsj.keymodule.openssl;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.openssl.LibcryptoRsa.Crypto;
import org.ecryptfsj.linux.NativeMemory;

/**
 * A key pair in libcrypto: the numbers of its private key, and what it encrypts and decrypts, are never on the heap. libcrypto wipes the
 * numbers when it is closed.
 */
final class LibcryptoKeyPair implements RsaKeyPair {
    private static final int OAEP = 4;

    private final Crypto crypto;
    private final long rsa;
    private boolean open = true;

    private LibcryptoKeyPair(Crypto crypto, long rsa) {
        this.crypto = crypto;
        this.rsa = rsa;
    }

    /**
     * Reads a PEM file's first private key.
     *
     * @param passphrase owned by the caller, as is {@code pem}
     * @return closed by the caller; empty if libcrypto is not installed, or finds no RSA key that it can decrypt
     */
    static Optional<RsaKey> read(Secret pem, Secret passphrase) {
        return LibcryptoRsa.CRYPTO.flatMap(crypto -> read(crypto, pem, passphrase));
    }

    private static Optional<RsaKey> read(Crypto crypto, Secret pem, Secret passphrase) {
        long bio = crypto.BIO_new_mem_buf(pem.buffer(), pem.size());
        if (bio == 0) {
            throw new OutOfMemoryError("BIO_new_mem_buf");
        }
        // Without a passphrase libcrypto would prompt on the terminal; an empty one is a wrong one.
        try (Secret terminated = Secret.allocate(passphrase.size() + 1)) {
            passphrase.writeTo(terminated.buffer());
            long rsa = crypto.PEM_read_bio_RSAPrivateKey(bio, 0, 0, terminated.buffer());
            crypto.ERR_clear_error();
            return rsa == 0 ? Optional.empty() : Optional.of(new LibcryptoKeyPair(crypto, rsa).withPublicKey());
        } finally {
            crypto.BIO_free(bio);
        }
    }

    private RsaKey withPublicKey() {
        ByteBuffer n = pointer();
        ByteBuffer e = pointer();
        crypto.RSA_get0_key(rsa, n, e, 0);
        return new RsaKey(number(NativeMemory.word(n, 0)), number(NativeMemory.word(e, 0)), this);
    }

    private static ByteBuffer pointer() {
        return ByteBuffer.allocateDirect(NativeMemory.WORD).order(ByteOrder.nativeOrder());
    }

    private BigInteger number(long number) {
        ByteBuffer direct = ByteBuffer.allocateDirect((crypto.BN_num_bits(number) + Byte.SIZE - 1) / Byte.SIZE);
        byte[] bytes = new byte[crypto.BN_bn2bin(number, direct)];
        direct.get(bytes);
        return new BigInteger(1, bytes);
    }

    @Override
    public synchronized byte[] encrypt(Secret payload) throws InvalidCipherTextException {
        requireOpen();
        ByteBuffer to = ByteBuffer.allocateDirect(crypto.RSA_size(rsa));
        int size = crypto.RSA_public_encrypt(payload.size(), payload.buffer(), to, rsa, OAEP);
        crypto.ERR_clear_error();
        if (size != to.capacity()) {
            throw new InvalidCipherTextException("libcrypto cannot encrypt it");
        }
        byte[] encrypted = new byte[size];
        to.get(encrypted);
        return encrypted;
    }

    private void requireOpen() {
        if (!open) {
            throw new IllegalStateException("the key was wiped");
        }
    }

    @Override
    public synchronized Secret decrypt(byte[] encrypted) throws InvalidCipherTextException {
        requireOpen();
        ByteBuffer from =
                ByteBuffer.allocateDirect(encrypted.length).put(encrypted).flip();
        try (Secret buffer = Secret.allocate(encrypted.length)) {
            int size = crypto.RSA_private_decrypt(encrypted.length, from, buffer.buffer(), rsa, OAEP);
            crypto.ERR_clear_error();
            if (size < 0) {
                throw new InvalidCipherTextException("libcrypto cannot decrypt it");
            }
            return Secret.copyOf(buffer.buffer().limit(size));
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
