package org.ecryptfsj.protector.tpm2;

import java.nio.ByteBuffer;

/** Reads what a TPM answered, as {@link TpmWriter} writes. Nothing is read past the end. */
final class TpmReader {
    private final ByteBuffer in;

    TpmReader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes);
    }

    int u8() throws TpmException {
        require(1);
        return in.get() & 0xff;
    }

    int u16() throws TpmException {
        require(2);
        return in.getShort() & 0xffff;
    }

    int u32() throws TpmException {
        require(4);
        return in.getInt();
    }

    byte[] raw(int count) throws TpmException {
        require(count);
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    /** Bytes with their size before them. */
    byte[] sized() throws TpmException {
        return raw(u16());
    }

    /** All that is left. */
    byte[] rest() throws TpmException {
        return raw(in.remaining());
    }

    /** @throws TpmException if something is left */
    void end() throws TpmException {
        if (in.hasRemaining()) {
            throw TpmException.malformed(in.remaining() + " bytes too many");
        }
    }

    private void require(int count) throws TpmException {
        if (count < 0 || count > in.remaining()) {
            throw TpmException.malformed("it ends too early");
        }
    }
}
