package org.ecryptfsj.libcrypto;

import static org.ecryptfsj.libcrypto.CallResult.require;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.keymodule.Secret;

/** RSAES-OAEP (RFC 8017, section 7.1) with SHA-256 and MGF1 with SHA-256, by libcrypto: what is encrypted stays in locked memory. */
public final class RsaOaepSha256 {
    private static final int NO_PADDING = 3;

    private final Crypto crypto;

    /** The functions (openssl/rsa.h, openssl/bn.h). */
    @CFunctions
    interface Crypto {
        long EVP_sha256();

        long BN_bin2bn(ByteBuffer bytes, int length, long into);

        long RSA_new();

        int RSA_set0_key(long rsa, long modulus, long exponent, long privateExponent);

        void RSA_free(long rsa);

        int RSA_padding_add_PKCS1_OAEP_mgf1(
                ByteBuffer to,
                int toLength,
                ByteBuffer from,
                int fromLength,
                ByteBuffer label,
                int labelLength,
                long hash,
                long maskHash);

        int RSA_public_encrypt(int length, ByteBuffer from, ByteBuffer to, long rsa, int padding);
    }

    /** @throws LibcryptoMissingException if libcrypto is not installed */
    public RsaOaepSha256() {
        crypto = LibcryptoLoader.load(Crypto.class, RsaOaepSha256CryptoBinding::new);
    }

    /**
     * Encrypts with a public key.
     *
     * @param modulus big endian, without leading zeros
     * @param exponent positive
     * @param plain at most the bytes of the modulus less 66
     * @return as many bytes as the modulus has; empty if libcrypto refuses the numbers as a key
     */
    public Optional<byte[]> encrypt(byte[] modulus, int exponent, byte[] label, Secret plain) {
        long rsa = require(crypto.RSA_new(), "RSA_new");
        try (Secret padded = Secret.allocate(modulus.length)) {
            // The key owns both numbers from then on.
            require(
                    crypto.RSA_set0_key(rsa, number(direct(modulus)), number(exponent(exponent)), 0) == 1,
                    "RSA_set0_key");
            long sha256 = crypto.EVP_sha256();
            require(
                    crypto.RSA_padding_add_PKCS1_OAEP_mgf1(
                                    padded.buffer(),
                                    modulus.length,
                                    plain.buffer(),
                                    plain.size(),
                                    direct(label),
                                    label.length,
                                    sha256,
                                    sha256)
                            == 1,
                    "RSA_padding_add_PKCS1_OAEP_mgf1");
            ByteBuffer out = ByteBuffer.allocateDirect(modulus.length);
            if (crypto.RSA_public_encrypt(modulus.length, padded.buffer(), out, rsa, NO_PADDING) != modulus.length) {
                return Optional.empty();
            }
            byte[] encrypted = new byte[modulus.length];
            out.get(0, encrypted);
            return Optional.of(encrypted);
        } finally {
            crypto.RSA_free(rsa);
        }
    }

    private long number(ByteBuffer bytes) {
        return require(crypto.BN_bin2bn(bytes, bytes.capacity(), 0), "BN_bin2bn");
    }

    private static ByteBuffer exponent(int exponent) {
        return ByteBuffer.allocateDirect(Integer.BYTES).putInt(0, exponent);
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
    }
}
