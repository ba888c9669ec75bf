package org.ecryptfsj.protector.tpm2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.Sha256;

/** The key derivation functions of TPM 2.0 with SHA-256 (TPM 2.0 Library, part 1, section 11.4.10; docs/spec/tpm2.md, section 6). */
final class SessionKeys {
    private static final int BITS = 256;

    private final Sha256 sha256 = new Sha256();

    /**
     * KDFa with a result of 32 bytes.
     *
     * @param key stays the caller's
     * @return closed by the caller
     */
    Secret kdfa(Secret key, String label, byte[] contextU, byte[] contextV) {
        byte[] message = new TpmWriter()
                .u32(1)
                .raw(terminated(label))
                .raw(contextU)
                .raw(contextV)
                .u32(BITS)
                .bytes();
        return hmac(key, message);
    }

    /**
     * KDFe with a result of 32 bytes.
     *
     * @param shared the x coordinate of the common point; stays the caller's
     * @return closed by the caller
     */
    Secret kdfe(Secret shared, String label, byte[] partyU, byte[] partyV) {
        byte[] info =
                new TpmWriter().raw(terminated(label)).raw(partyU).raw(partyV).bytes();
        try (Secret message = Secret.allocate(Integer.BYTES + shared.size() + info.length)) {
            shared.writeTo(message.buffer().putInt(1)).put(info);
            return sha256.hash(message);
        }
    }

    /**
     * HMAC-SHA-256.
     *
     * @param key stays the caller's
     * @return closed by the caller
     */
    Secret hmac(Secret key, byte[] message) {
        return sha256.hmac(
                key.buffer(), ByteBuffer.allocateDirect(message.length).put(0, message));
    }

    /** The label of a key derivation, and of OAEP: with a zero byte at its end. */
    static byte[] terminated(String label) {
        return (label + "\0").getBytes(StandardCharsets.US_ASCII);
    }
}
