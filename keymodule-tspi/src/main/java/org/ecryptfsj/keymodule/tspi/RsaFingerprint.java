package org.ecryptfsj.keymodule.tspi;

import java.nio.ByteBuffer;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.libcrypto.Digest;

/**
 * The signature of a TPM key: the first 8 bytes of an OpenPGP v4 style fingerprint over its modulus (docs/spec/auth-tok.md,
 * section 4, row tspi), SHA-1 of
 *
 * <pre>
 * 99 | length (2) | 04 | 00 00 00 00 | 02 | 8 * modulus bytes (2) | modulus | 24 (2) | 01 00 01
 * </pre>
 *
 * where length counts all that follows it. The exponent and the bit counts are what the C module writes for every key.
 */
final class RsaFingerprint {
    private static final byte[] EXPONENT = {1, 0, 1};
    private static final int FIXED_BYTES = 10;

    private RsaFingerprint() {}

    /** @param modulus big endian, its length a whole number of bytes */
    static Signature of(byte[] modulus) {
        int length = FIXED_BYTES + modulus.length + EXPONENT.length;
        ByteBuffer packet = ByteBuffer.allocate(3 + length)
                .put((byte) 0x99)
                .putShort((short) length)
                .put((byte) 4)
                .putInt(0)
                .put((byte) 2)
                .putShort((short) (modulus.length * Byte.SIZE))
                .put(modulus)
                .putShort((short) (EXPONENT.length * Byte.SIZE))
                .put(EXPONENT);
        return Signature.ofFirstBytes(Digest.SHA1.of(packet.array()));
    }
}
