package org.ecryptfsj.keymodule.tspi;

import java.nio.ByteBuffer;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/**
 * An encrypted file key: a TPM_STORED_DATA as the TPM makes it (docs/spec/tspi.md, section 3), integers big endian.
 *
 * <pre>
 * offset  size  field
 * 0       4     version 01 01 00 00
 * 4       4     s, the size of the PCR information: 0, because the key itself is bound to PCRs
 * 8       s     PCR information
 * 8+s     4     n, the size of the encrypted bytes
 * 12+s    n     the encrypted bytes, as many as the key's modulus has
 * </pre>
 *
 * Sizes are checked here, because libtspi and tcsd would parse any bytes in a file's header.
 */
final class SealedBlob {
    /** The kernel's limit. */
    static final int MAX_BYTES = 512;

    private static final int VERSION = 0x01010000;
    private static final int MIN_BYTES = 13;
    private static final int FIXED_BYTES = 12;

    private final byte[] bytes;

    private SealedBlob(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Checks the bytes and copies them.
     *
     * @throws KeyModuleException BAD_DATA if they are not a TPM_STORED_DATA
     */
    static SealedBlob of(byte[] bytes) throws KeyModuleException {
        if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
            throw notSealed("it has " + bytes.length + " bytes, not " + MIN_BYTES + " to " + MAX_BYTES);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int version = in.getInt();
        if (version != VERSION) {
            throw notSealed("it begins with %08x, not %08x".formatted(version, VERSION));
        }
        int available = bytes.length - FIXED_BYTES;
        int pcrInfo = in.getInt();
        if (pcrInfo < 0 || pcrInfo >= available) {
            throw notSealed("the size of its PCR information is wrong: " + Integer.toUnsignedLong(pcrInfo) + " bytes");
        }
        int encrypted = in.getInt(2 * Integer.BYTES + pcrInfo);
        if (encrypted != available - pcrInfo) {
            throw notSealed("the size of its encrypted part is wrong: " + Integer.toUnsignedLong(encrypted)
                    + " bytes instead of " + (available - pcrInfo));
        }
        return new SealedBlob(bytes.clone());
    }

    /** Bytes in all. */
    int size() {
        return bytes.length;
    }

    /** A copy of the bytes, in a direct buffer. */
    ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static KeyModuleException notSealed(String why) {
        return new KeyModuleException(
                Reason.BAD_DATA,
                "the file's encrypted key was not sealed by a TPM: " + why,
                "The file's header is damaged, or was written with another kind of key: restore the lower file.");
    }
}
