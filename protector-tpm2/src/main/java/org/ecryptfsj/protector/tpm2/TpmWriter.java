package org.ecryptfsj.protector.tpm2;

import java.io.ByteArrayOutputStream;

/** Bytes for a TPM (docs/spec/tpm2.md, section 1): integers big endian, sized buffers with their size in 2 bytes before them. */
final class TpmWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    TpmWriter u8(int value) {
        out.write(value);
        return this;
    }

    TpmWriter u16(int value) {
        return u8(value >> 8).u8(value);
    }

    TpmWriter u32(int value) {
        return u16(value >> 16).u16(value);
    }

    TpmWriter raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** The bytes with their size before them. */
    TpmWriter sized(byte[] bytes) {
        return u16(bytes.length).raw(bytes);
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
