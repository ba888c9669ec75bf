package org.ecryptfsj.keymodule.tspi.envelope;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.libcrypto.AesGcm;

/**
 * The encrypted file key of envelope mode, version 1. Frozen: files contain it. Integers big endian.
 *
 * <pre>
 * offset  size  field
 * 0       4     45 4a 45 01: "EJE", version 1 (bytes sealed by a TPM begin with 01 01 00 00)
 * 4       16    the KEK's id
 * 20      2     s, the size of the sealed KEK: 13 to 395
 * 22      s     the sealed KEK: a {@link KekPayloadV1} sealed by the TPM
 * 22+s    12    nonce
 * 34+s    n     the payload (cipher code, FEK, checksum: 3 to 67 bytes), AES-256-GCM under the KEK
 * 34+s+n  16    tag; it also authenticates all bytes before the nonce
 * </pre>
 *
 * At most 512 bytes, the kernel's limit: 385 with a 2048-bit TPM key and the longest payload.
 *
 * @param bytes all of it
 * @param id the KEK's
 */
@SuppressWarnings("ArrayRecordComponent") // never written to
record EnvelopeV1(byte[] bytes, KekId id) {
    /** The kernel's limit (docs/spec/packets.md, section 5). */
    static final int MAX_BYTES = 512;

    private static final int MAGIC = 0x454a4501;
    private static final int SIZE_AT = 20;
    /** The offset of the sealed KEK. */
    static final int SEALED_AT = 22;

    private static final int MIN_SEALED = 13;
    private static final int MIN_PAYLOAD = 3;
    private static final int MAX_PAYLOAD = 67;
    private static final int MAX_SEALED = MAX_BYTES - SEALED_AT - AesGcm.NONCE_BYTES - AesGcm.TAG_BYTES - MAX_PAYLOAD;

    /** Whether these bytes are an envelope of any version; bytes sealed by a TPM are not. */
    static boolean isEnvelope(byte[] bytes) {
        return bytes.length >= Integer.BYTES && ByteBuffer.wrap(bytes).getInt() >>> Byte.SIZE == MAGIC >>> Byte.SIZE;
    }

    /**
     * Reads an envelope.
     *
     * @param bytes not changed afterwards
     * @throws KeyModuleException BAD_DATA if it is not an envelope of this version
     */
    static EnvelopeV1 parse(byte[] bytes) throws KeyModuleException {
        if (bytes.length > MAX_BYTES || bytes.length < SEALED_AT + MIN_SEALED) {
            throw malformed("it has " + bytes.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int magic = in.getInt();
        if (magic != MAGIC) {
            throw malformed("it begins with %08x; this version of the module reads %08x".formatted(magic, MAGIC));
        }
        KekId id = KekId.of(in);
        int sealed = in.getShort() & 0xffff;
        int payload = in.remaining() - sealed - AesGcm.NONCE_BYTES - AesGcm.TAG_BYTES;
        if (sealed < MIN_SEALED || sealed > MAX_SEALED || payload < MIN_PAYLOAD || payload > MAX_PAYLOAD) {
            throw malformed("the size of its sealed KEK is wrong: " + sealed + " of " + bytes.length + " bytes");
        }
        return new EnvelopeV1(bytes, id);
    }

    /** The bytes before the nonce. */
    static byte[] header(KekId id, byte[] sealedKek) {
        if (sealedKek.length < MIN_SEALED || sealedKek.length > MAX_SEALED) {
            throw new IllegalArgumentException("a sealed KEK of " + sealedKek.length + " bytes does not fit");
        }
        return ByteBuffer.allocate(SEALED_AT + sealedKek.length)
                .putInt(MAGIC)
                .put(id.bytes())
                .putShort((short) sealedKek.length)
                .put(sealedKek)
                .array();
    }

    /** All of an envelope. */
    static byte[] envelope(byte[] header, byte[] message) {
        return ByteBuffer.allocate(header.length + message.length)
                .put(header)
                .put(message)
                .array();
    }

    /** The bytes before the nonce, which the tag also authenticates. */
    byte[] header() {
        return Arrays.copyOf(bytes, headerBytes());
    }

    /** The nonce and all that follows it: a message of {@link AesGcm}. */
    byte[] message() {
        return Arrays.copyOfRange(bytes, headerBytes(), bytes.length);
    }

    private int headerBytes() {
        return SEALED_AT + (ByteBuffer.wrap(bytes).getShort(SIZE_AT) & 0xffff);
    }

    /** A copy of the sealed KEK. */
    byte[] sealedKek() {
        return Arrays.copyOfRange(bytes, SEALED_AT, headerBytes());
    }

    private static KeyModuleException malformed(String why) {
        return new KeyModuleException(
                Reason.BAD_DATA,
                "the file's encrypted key is not an envelope of version 1: " + why,
                "The file's header is damaged, or was written by a newer version: restore the lower file, or update.");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EnvelopeV1 that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "EnvelopeV1[KEK " + id + ']';
    }
}
