package org.ecryptfsj.protector.tpm2.eventlog;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads integers, texts and GUIDs as firmware writes them. Nothing is read past the end, whatever length the bytes say. */
final class LittleEndianReader {
    private static final int GUID_BYTES = 16;

    private final ByteBuffer in;

    LittleEndianReader(byte[] bytes) {
        in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    boolean hasMore() {
        return in.hasRemaining();
    }

    int u8() throws MalformedEventLogException {
        require(1);
        return in.get() & 0xff;
    }

    int u16() throws MalformedEventLogException {
        require(Short.BYTES);
        return in.getShort() & 0xffff;
    }

    int u32() throws MalformedEventLogException {
        require(Integer.BYTES);
        return in.getInt();
    }

    long u64() throws MalformedEventLogException {
        require(Long.BYTES);
        return in.getLong();
    }

    /** @param count refused if it is negative: as firmware wrote it, it is larger than any log */
    byte[] raw(long count) throws MalformedEventLogException {
        require(count);
        byte[] bytes = new byte[(int) count];
        in.get(bytes);
        return bytes;
    }

    /** Bytes with their size in 4 bytes before them. */
    byte[] sized() throws MalformedEventLogException {
        return raw(Integer.toUnsignedLong(u32()));
    }

    byte[] rest() throws MalformedEventLogException {
        return raw(in.remaining());
    }

    /** A text in UTF-16, of so many units. */
    String utf16(long units) throws MalformedEventLogException {
        require(units);
        return new String(raw(2 * units), StandardCharsets.UTF_16LE);
    }

    /** A GUID in its usual form (UEFI Specification 2.10, appendix A). */
    String guid() throws MalformedEventLogException {
        require(GUID_BYTES);
        return "%08x-%04x-%04x-%016x"
                .formatted(in.getInt(), in.getShort(), in.getShort(), bigEndian())
                .replaceFirst("(.{23})", "$1-");
    }

    private long bigEndian() {
        return Long.reverseBytes(in.getLong());
    }

    private void require(long count) throws MalformedEventLogException {
        if (count < 0 || count > in.remaining()) {
            throw new MalformedEventLogException("it ends too early");
        }
    }
}
