package org.ecryptfsj.keymodule.openssl;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.util.BigIntegers;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;

/**
 * An RSA key pair, which wraps file keys by OAEP with SHA-1, MGF1 with SHA-1 and an empty label (docs/spec/auth-tok.md, section
 * 6, openssl). An encrypted file key is as long as the modulus.
 */
final class RsaKey implements AutoCloseable {
    /** The kernel's limit of an encrypted file key is 512 bytes (docs/spec/packets.md). */
    static final int MAX_BITS = 4096;

    private static final int OAEP_OVERHEAD = 42;
    private static final int PAYLOAD_OVERHEAD = 3;
    private static final int FINGERPRINT_FIXED_BYTES = 10;

    private final BigInteger modulus;
    private final BigInteger exponent;
    private final RsaKeyPair pair;

    /** @param pair closed with this */
    RsaKey(BigInteger modulus, BigInteger exponent, RsaKeyPair pair) {
        this.modulus = modulus;
        this.exponent = exponent;
        this.pair = pair;
    }

    /** @throws IllegalArgumentException if the numbers cannot be an RSA key */
    static RsaKey of(RSAPrivateKey key) {
        if (key.getModulus().signum() <= 0 || key.getPublicExponent().signum() <= 0) {
            throw new IllegalArgumentException("a number of the key is not positive");
        }
        // The last argument omits a test of the modulus, which takes longer than a request; the user trusts the key.
        return new RsaKey(
                key.getModulus(),
                key.getPublicExponent(),
                new BouncyCastleKeyPair(new RSAPrivateCrtKeyParameters(
                        key.getModulus(),
                        key.getPublicExponent(),
                        key.getPrivateExponent(),
                        key.getPrime1(),
                        key.getPrime2(),
                        key.getExponent1(),
                        key.getExponent2(),
                        key.getCoefficient(),
                        true)));
    }

    int bits() {
        return modulus.bitLength();
    }

    /** The longest file key in bytes that it can encrypt; less than 1 if it can encrypt none. */
    int maxKeyBytes() {
        return maxPayload() - PAYLOAD_OVERHEAD;
    }

    private int modulusBytes() {
        return (bits() + Byte.SIZE - 1) / Byte.SIZE;
    }

    private int maxPayload() {
        return modulusBytes() - OAEP_OVERHEAD;
    }

    /**
     * The first 8 bytes of an OpenPGP v4 style fingerprint (docs/spec/auth-tok.md, section 4, row openssl), SHA-1 of
     *
     * <pre>
     * 99 | length (2) | 04 | 00 00 00 00 | 02 | bits of n (2) | n | bits of e (2) | e
     * </pre>
     *
     * where length counts all that follows it. Unlike the tspi module's, the bit counts are the numbers' own.
     */
    Signature signature() {
        byte[] n = BigIntegers.asUnsignedByteArray(modulus);
        byte[] e = BigIntegers.asUnsignedByteArray(exponent);
        int length = FINGERPRINT_FIXED_BYTES + n.length + e.length;
        ByteBuffer packet = ByteBuffer.allocate(3 + length)
                .put((byte) 0x99)
                .putShort((short) length)
                .put((byte) 4)
                .putInt(0)
                .put((byte) 2);
        putNumber(packet, modulus, n);
        putNumber(packet, exponent, e);
        return Signature.ofFirstBytes(digest("SHA-1", packet.array()));
    }

    /** SHA-256 of the public key as a SubjectPublicKeyInfo in DER (RFC 5280, section 4.1), in lowercase hex digits. */
    String publicKeyFingerprint() {
        try {
            SubjectPublicKeyInfo info = new SubjectPublicKeyInfo(
                    new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                    new RSAPublicKey(modulus, exponent));
            return HexFormat.of().formatHex(digest("SHA-256", info.getEncoded(ASN1Encoding.DER)));
        } catch (IOException e) {
            throw new IllegalStateException("two numbers cannot be encoded", e);
        }
    }

    private static void putNumber(ByteBuffer packet, BigInteger number, byte[] bytes) {
        packet.putShort((short) number.bitLength()).put(bytes);
    }

    private static byte[] digest(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }

    /**
     * Encrypts with the public key.
     *
     * @param payload owned by the caller
     * @return as many bytes as the modulus
     * @throws KeyModuleException BAD_PARAMETER if the payload is too long for this key
     */
    byte[] wrap(Secret payload) throws KeyModuleException {
        if (payload.size() > maxPayload()) {
            throw new KeyModuleException(
                    Reason.BAD_PARAMETER,
                    "an RSA key of " + bits() + " bits cannot encrypt a file key of "
                            + (payload.size() - PAYLOAD_OVERHEAD) + " bytes; its limit is " + maxKeyBytes() + " bytes",
                    "Mount with a smaller ecryptfs_key_bytes, or generate a longer RSA key.");
        }
        try {
            return pair.encrypt(payload);
        } catch (InvalidCipherTextException | RuntimeException e) {
            throw new KeyModuleException(
                    Reason.FAILED, "the RSA key cannot encrypt: " + e.getMessage(), "Check the key file.", 0, e);
        }
    }

    /**
     * Decrypts with the private key.
     *
     * @return closed by the caller
     * @throws KeyModuleException BAD_DATA if it was not encrypted with this key
     */
    Secret unwrap(byte[] encrypted) throws KeyModuleException {
        if (encrypted.length != modulusBytes()) {
            throw wrongKey("it has " + encrypted.length + " bytes instead of " + modulusBytes(), null);
        }
        try {
            return pair.decrypt(encrypted);
        } catch (InvalidCipherTextException | RuntimeException e) {
            throw wrongKey("decryption fails", e);
        }
    }

    /** Wipes the private key as far as possible. */
    @Override
    public void close() {
        pair.close();
    }

    private KeyModuleException wrongKey(String why, Exception cause) {
        return new KeyModuleException(
                Reason.BAD_DATA,
                "the file key was not encrypted with RSA key " + signature() + ": " + why,
                "Restore the key file with which the file was created, or the lower file.",
                0,
                cause);
    }
}
