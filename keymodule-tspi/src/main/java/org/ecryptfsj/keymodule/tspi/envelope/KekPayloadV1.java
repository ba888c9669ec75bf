package org.ecryptfsj.keymodule.tspi.envelope;

import java.nio.ByteBuffer;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;

/**
 * The sealed content of a KEK, version 1. Frozen: files contain it, sealed.
 *
 * <pre>
 * offset  size  field
 * 0       1     version 01
 * 1       16    the KEK's id
 * 17      32    the KEK, an AES-256 key
 * </pre>
 */
final class KekPayloadV1 {
    private static final byte VERSION = 1;
    private static final int KEY_AT = 1 + KekId.BYTES;
    private static final int BYTES = KEY_AT + AesGcm.KEY_BYTES;

    private KekPayloadV1() {}

    /** The payload, closed by the caller. */
    static Secret of(KekId id, Secret key) {
        Secret payload = Secret.allocate(BYTES);
        key.writeTo(payload.buffer().put(VERSION).put(id.bytes()));
        return payload;
    }

    /**
     * The key in a payload, closed by the caller.
     *
     * @throws KeyModuleException BAD_DATA if it is the payload of another KEK
     */
    static Secret key(Secret payload, KekId expected) throws KeyModuleException {
        byte[] id = new byte[KekId.BYTES];
        ByteBuffer in = payload.buffer();
        if (in.remaining() != BYTES
                || in.get() != VERSION
                || !KekId.of(take(in, id)).equals(expected)) {
            throw new KeyModuleException(
                    Reason.BAD_DATA,
                    "the TPM did not unseal the KEK " + expected,
                    "The file's header is damaged: restore the lower file.");
        }
        return Secret.copyOf(in);
    }

    private static byte[] take(ByteBuffer in, byte[] into) {
        in.get(into);
        return into;
    }
}
