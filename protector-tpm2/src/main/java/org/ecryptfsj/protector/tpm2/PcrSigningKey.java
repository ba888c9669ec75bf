package org.ecryptfsj.protector.tpm2;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.ecryptfsj.libcrypto.Digest;
import org.ecryptfsj.protector.MalformedFieldException;

/**
 * A public RSA key whose owner allows values of PCRs by signatures (docs/spec/tpm2.md, section 5).
 *
 * @param modulus positive, of {@link #LEAST_BITS} to {@link #MOST_BITS} bits
 */
record PcrSigningKey(BigInteger modulus) {
    /** The most bytes of its encoding. */
    static final int MOST_ENCODED = 1024;

    private static final int LEAST_BITS = 2048;
    private static final int MOST_BITS = 4096;
    private static final BigInteger EXPONENT = BigInteger.valueOf(65537);
    private static final String PEM_TYPE = "PUBLIC KEY";

    private static final int RSA = 0x0001;
    private static final int SHA256 = 0x000b;
    private static final int NULL = 0x0010;
    private static final int USER_WITH_AUTH = 0x40;
    private static final int SIGN = 0x40000;

    /**
     * Reads a SubjectPublicKeyInfo (RFC 5280, section 4.1).
     *
     * @param der at most {@link #MOST_ENCODED} bytes
     * @throws MalformedFieldException if it is none, or of a key that TPMs do not have in common
     */
    static PcrSigningKey parse(byte[] der) throws MalformedFieldException {
        RSAPublicKey key;
        try {
            key = RSAPublicKey.getInstance(SubjectPublicKeyInfo.getInstance(der).parsePublicKey());
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            throw new MalformedFieldException("it is no public RSA key");
        }
        int bits = key.getModulus().bitLength();
        if (key.getModulus().signum() <= 0 || bits < LEAST_BITS || bits > MOST_BITS || bits % Byte.SIZE != 0) {
            throw new MalformedFieldException(
                    "the public key has " + bits + " bits, not " + LEAST_BITS + " to " + MOST_BITS);
        }
        if (!key.getPublicExponent().equals(EXPONENT)) {
            throw new MalformedFieldException("the public key has another exponent than " + EXPONENT);
        }
        return new PcrSigningKey(key.getModulus());
    }

    /**
     * Reads a PEM file's content, as {@code openssl rsa -pubout} writes it.
     *
     * @throws MalformedFieldException as {@link #parse}
     */
    static PcrSigningKey parsePem(byte[] content) throws MalformedFieldException {
        try (PemReader reader =
                new PemReader(new InputStreamReader(new ByteArrayInputStream(content), StandardCharsets.ISO_8859_1))) {
            PemObject object = reader.readPemObject();
            if (object != null && object.getType().equals(PEM_TYPE)) {
                return parse(object.getContent());
            }
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            throw new MalformedFieldException("it is no PEM file");
        }
        throw new MalformedFieldException("it has no -----BEGIN " + PEM_TYPE + "-----");
    }

    /** As a SubjectPublicKeyInfo. */
    byte[] encoded() {
        return publicKey().getEncoded();
    }

    /** As a TPMT_PUBLIC of an RSA key without scheme, which signs and does not decrypt. */
    byte[] publicArea() {
        return new TpmWriter()
                .u16(RSA)
                .u16(SHA256)
                .u32(USER_WITH_AUTH | SIGN)
                .u16(0)
                .u16(NULL)
                .u16(NULL)
                .u16(modulus.bitLength())
                .u32(0)
                .sized(unsigned())
                .bytes();
    }

    /** Its name for TPMs. */
    byte[] name() {
        return new TpmWriter().u16(SHA256).raw(Digest.SHA256.of(publicArea())).bytes();
    }

    /** Its fingerprint in systemd's signatures: the SHA-256 of its RSAPublicKey (RFC 8017, appendix A.1.1), in hex digits. */
    String fingerprint() {
        try {
            return HexFormat.of().formatHex(Digest.SHA256.of(new RSAPublicKey(modulus, EXPONENT).getEncoded()));
        } catch (IOException e) {
            throw new IllegalStateException("an RSA key can be encoded", e);
        }
    }

    /** Whether its owner signed this by RSASSA-PKCS1-v1_5 with SHA-256. */
    boolean hasSigned(byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance("SHA256withRSA");
            verifier.initVerify(publicKey());
            verifier.update(message);
            return signature.length == modulus.bitLength() / Byte.SIZE && verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private PublicKey publicKey() {
        try {
            return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, EXPONENT));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has RSA keys", e);
        }
    }

    /** Big endian, without the sign's byte. */
    private byte[] unsigned() {
        byte[] signed = modulus.toByteArray();
        return Arrays.copyOfRange(signed, signed.length - modulus.bitLength() / Byte.SIZE, signed.length);
    }
}
