package org.ecryptfsj.protector.tpm2;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.libcrypto.Digest;
import org.ecryptfsj.libcrypto.EphemeralEcdh.Curve;
import org.ecryptfsj.libcrypto.Sha256;

/**
 * The public part of a key that seals, from its TPMT_PUBLIC (docs/spec/tpm2.md, section 4).
 *
 * @param name its hash algorithm and the hash of its public area, which nobody can give another key
 * @param attributes its TPMA_OBJECT
 * @param encryption how a salt is encrypted to it
 */
@SuppressWarnings("ArrayRecordComponent") // never written to
record StorageKey(byte[] name, int attributes, SaltEncryption encryption) {
    /** Bytes of a name. */
    static final int NAME_BYTES = 2 + Sha256.BYTES;

    private static final int RSA = 0x0001;
    private static final int AES = 0x0006;
    private static final int SHA256 = 0x000b;
    private static final int NULL = 0x0010;
    private static final int ECC = 0x0023;
    private static final int CFB = 0x0043;
    private static final int P256 = 0x0003;
    private static final int P384 = 0x0004;
    private static final int DEFAULT_EXPONENT = 65537;
    private static final int LEAST_MODULUS_BYTES = 256;

    private static final int FIXED_TPM = 0x2;
    private static final int FIXED_PARENT = 0x10;
    private static final int SENSITIVE_DATA_ORIGIN = 0x20;
    private static final int USER_WITH_AUTH = 0x40;
    private static final int NO_DICTIONARY_PROTECTION = 0x400;
    private static final int RESTRICTED = 0x10000;
    private static final int DECRYPT = 0x20000;
    private static final int SIGN = 0x40000;

    /** A public key. */
    sealed interface SaltEncryption {}

    /**
     * A key on a curve.
     *
     * @param curve the curve
     * @param x as the TPM gives it: leading zeros can be missing
     * @param y as x
     */
    @SuppressWarnings("ArrayRecordComponent") // never written to
    record Ecc(Curve curve, byte[] x, byte[] y) implements SaltEncryption {}

    /**
     * An RSA key.
     *
     * @param modulus big endian
     * @param exponent positive
     */
    @SuppressWarnings("ArrayRecordComponent") // never written to
    record Rsa(byte[] modulus, int exponent) implements SaltEncryption {}

    /** The public area of the standard storage key: ECC on P-256, AES-128 in CFB mode, a unique member without bytes. */
    static byte[] template() {
        return new TpmWriter()
                .u16(ECC)
                .u16(SHA256)
                .u32(FIXED_TPM
                        | FIXED_PARENT
                        | SENSITIVE_DATA_ORIGIN
                        | USER_WITH_AUTH
                        | NO_DICTIONARY_PROTECTION
                        | RESTRICTED
                        | DECRYPT)
                .u16(0)
                .u16(AES)
                .u16(128)
                .u16(CFB)
                .u16(NULL)
                .u16(P256)
                .u16(NULL)
                .u16(0)
                .u16(0)
                .bytes();
    }

    /**
     * Reads a TPMT_PUBLIC.
     *
     * @return empty if it is of a kind that this program does not use: another hash than SHA-256, another curve, no key at all
     * @throws TpmException MALFORMED
     */
    static Optional<StorageKey> parse(byte[] area) throws TpmException {
        TpmReader in = new TpmReader(area);
        int type = in.u16();
        int hash = in.u16();
        int attributes = in.u32();
        in.sized();
        if (hash != SHA256 || (type != RSA && type != ECC)) {
            return Optional.empty();
        }
        if (in.u16() == NULL) {
            return Optional.empty();
        }
        in.u16();
        in.u16();
        if (in.u16() != NULL) {
            return Optional.empty();
        }
        Optional<SaltEncryption> encryption = type == RSA ? rsa(in) : ecc(in);
        byte[] name = new TpmWriter().u16(SHA256).raw(Digest.SHA256.of(area)).bytes();
        return encryption.map(key -> new StorageKey(name, attributes, key));
    }

    private static Optional<SaltEncryption> rsa(TpmReader in) throws TpmException {
        in.u16();
        int exponent = in.u32();
        byte[] modulus = in.sized();
        in.end();
        return exponent < 0 || modulus.length < LEAST_MODULUS_BYTES
                ? Optional.empty()
                : Optional.of(new Rsa(modulus, exponent == 0 ? DEFAULT_EXPONENT : exponent));
    }

    private static Optional<SaltEncryption> ecc(TpmReader in) throws TpmException {
        int curve = in.u16();
        if (in.u16() != NULL || (curve != P256 && curve != P384)) {
            return Optional.empty();
        }
        byte[] x = in.sized();
        byte[] y = in.sized();
        in.end();
        Curve known = curve == P256 ? Curve.P256 : Curve.P384;
        return x.length > known.bytes() || y.length > known.bytes()
                ? Optional.empty()
                : Optional.of(new Ecc(known, x, y));
    }

    /**
     * What a key that was made inside a TPM, never leaves it and decrypts only what TPMs encrypt, has and this one has not.
     *
     * @return attributes by their names in the standard; empty if nothing is missing
     */
    List<String> missingAttributes() {
        List<String> missing = new ArrayList<>();
        require(FIXED_TPM, "fixedTPM", missing);
        require(FIXED_PARENT, "fixedParent", missing);
        require(SENSITIVE_DATA_ORIGIN, "sensitiveDataOrigin", missing);
        require(RESTRICTED, "restricted", missing);
        require(DECRYPT, "decrypt", missing);
        if ((attributes & SIGN) != 0) {
            missing.add("sign clear");
        }
        return missing;
    }

    private void require(int attribute, String title, List<String> missing) {
        if ((attributes & attribute) == 0) {
            missing.add(title);
        }
    }

    boolean isNamed(byte[] other) {
        return Arrays.equals(name, other);
    }
}
