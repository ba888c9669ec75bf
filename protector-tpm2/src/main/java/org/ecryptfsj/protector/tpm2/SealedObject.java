package org.ecryptfsj.protector.tpm2;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.ecryptfsj.libcrypto.Digest;
import org.ecryptfsj.libcrypto.Sha256;

/**
 * An object that a TPM sealed, as its storage key encrypted it (docs/spec/tpm2.md, section 5).
 *
 * @param publicArea a TPM2B_PUBLIC, {@link #PUBLIC_BYTES} bytes
 * @param privateArea a TPM2B_PRIVATE
 */
@SuppressWarnings("ArrayRecordComponent") // never written to
record SealedObject(byte[] publicArea, byte[] privateArea) {
    /** Bytes of the public area: no member has a variable size. */
    static final int PUBLIC_BYTES = 80;

    /** The smallest and the largest private area. */
    static final int LEAST_PRIVATE = 64;

    static final int MOST_PRIVATE = 512;

    private static final int KEYEDHASH = 0x0008;
    private static final int SHA256 = 0x000b;
    private static final int NULL = 0x0010;
    private static final int FIXED_TPM_AND_PARENT = 0x2 | 0x10;
    private static final int NO_DICTIONARY_PROTECTION = 0x400;

    /**
     * The public area that the TPM is asked for.
     *
     * @return a TPMT_PUBLIC without its last member, the hash that the TPM adds
     */
    static byte[] template(SealingPolicy policy) {
        return new TpmWriter()
                .u16(KEYEDHASH)
                .u16(SHA256)
                .u32(policy.pin() ? FIXED_TPM_AND_PARENT : FIXED_TPM_AND_PARENT | NO_DICTIONARY_PROTECTION)
                .sized(policy.digest())
                .u16(NULL)
                .bytes();
    }

    /** Whether both areas have their format, and the public one has this policy. */
    boolean isFor(SealingPolicy policy) {
        byte[] template = template(policy);
        byte[] begin = new TpmWriter()
                .u16(PUBLIC_BYTES - 2)
                .raw(template)
                .u16(Sha256.BYTES)
                .bytes();
        return publicArea.length == PUBLIC_BYTES
                && Arrays.equals(begin, Arrays.copyOf(publicArea, begin.length))
                && privateArea.length >= LEAST_PRIVATE
                && privateArea.length <= MOST_PRIVATE
                && ByteBuffer.wrap(privateArea).getShort() == privateArea.length - 2;
    }

    /** The name of the loaded object: its hash algorithm and the hash of its public area. */
    byte[] name() {
        byte[] area = Arrays.copyOfRange(publicArea, 2, publicArea.length);
        return new TpmWriter().u16(SHA256).raw(Digest.SHA256.of(area)).bytes();
    }
}
