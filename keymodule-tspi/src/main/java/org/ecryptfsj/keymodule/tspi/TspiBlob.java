package org.ecryptfsj.keymodule.tspi;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.tspi.envelope.KekPolicy;

/**
 * The data of a TPM key in an authentication token. The C module uses the first 16 bytes only (docs/spec/auth-tok.md, section
 * 5), and a token of direct mode has no others; the C module treats a longer one as direct mode. Integers big endian.
 *
 * <pre>
 * offset  size  field
 * 0       16    the key's UUID
 * 16      1     version of the following fields: 01
 * 17      1     mode: 0 direct, 1 envelope
 * 18      4     kek_idle, seconds
 * 22      4     kek_recheck, seconds; the blob ends here
 * </pre>
 *
 * @param key the TPM key
 * @param mode of the encryption of new files' keys
 * @param policy for caching the KEK
 */
record TspiBlob(KeyUuid key, TspiMode mode, KekPolicy policy) {
    private static final byte VERSION = 1;
    private static final int LONG_BYTES = 26;

    /**
     * Reads a token's blob.
     *
     * @throws KeyModuleException BAD_DATA unless it has one of the two forms
     */
    static TspiBlob of(KeyBlob blob) throws KeyModuleException {
        ByteBuffer in = blob.buffer();
        if (blob.size() != KeyUuid.BYTES && blob.size() != LONG_BYTES) {
            throw bad(
                    "has " + blob.size() + " bytes; one of the tspi module has " + KeyUuid.BYTES + " or " + LONG_BYTES);
        }
        byte[] uuid = new byte[KeyUuid.BYTES];
        in.get(uuid);
        KeyUuid key = KeyUuid.of(uuid);
        if (!in.hasRemaining()) {
            return new TspiBlob(key, TspiMode.DIRECT, KekPolicy.DEFAULT);
        }
        byte version = in.get();
        byte mode = in.get();
        if (version != VERSION) {
            throw bad("is of version " + version + "; this module reads version " + VERSION);
        }
        try {
            KekPolicy policy = new KekPolicy(seconds(in.getInt()), seconds(in.getInt()));
            return new TspiBlob(
                    key, TspiMode.byCode(mode).orElseThrow(() -> bad("names the unknown mode " + mode)), policy);
        } catch (IllegalArgumentException e) {
            throw bad("is wrong: " + e.getMessage());
        }
    }

    /** The blob, closed by the caller; in the C module's short form if that is enough. */
    KeyBlob blob() {
        if (mode == TspiMode.DIRECT && policy.equals(KekPolicy.DEFAULT)) {
            return key.blob();
        }
        return KeyBlob.takeBytes(ByteBuffer.allocate(LONG_BYTES)
                .put(key.bytes())
                .put(VERSION)
                .put(mode.code())
                .putInt((int) policy.idle().toSeconds())
                .putInt((int) policy.recheck().toSeconds())
                .array());
    }

    private static Duration seconds(int unsigned) {
        return Duration.ofSeconds(Integer.toUnsignedLong(unsigned));
    }

    private static KeyModuleException bad(String why) {
        return new KeyModuleException(
                Reason.BAD_DATA, "the token's key blob " + why, "Unmount, and mount again with the key's tspi_uuid.");
    }
}
