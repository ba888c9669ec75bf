package org.ecryptfsj.protector.tpm2.eventlog;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes little endian bytes as firmware does, also wrong ones. */
final class LogBuilder {
    private static final int SHA256 = 0x000b;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    LogBuilder u8(int value) {
        out.write(value);
        return this;
    }

    LogBuilder u16(int value) {
        return raw(ByteBuffer.allocate(2)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) value)
                .array());
    }

    LogBuilder u32(int value) {
        return raw(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    LogBuilder u64(long value) {
        return raw(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }

    LogBuilder ascii(String text) {
        return raw(text.getBytes(StandardCharsets.US_ASCII));
    }

    LogBuilder utf16(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_16LE));
    }

    LogBuilder zeros(int count) {
        return raw(new byte[count]);
    }

    LogBuilder raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** Bytes with their size in 4 bytes before them. */
    LogBuilder sized(byte[] bytes) {
        return u32(bytes.length).raw(bytes);
    }

    /** The first entry of a log with one bank, SHA-256. */
    LogBuilder header() {
        return header(new LogBuilder().u32(1).u16(SHA256).u16(32).u8(0).bytes());
    }

    /** The first entry of a log, with these banks. */
    LogBuilder header(byte[] banks) {
        byte[] data = new LogBuilder()
                .ascii("Spec ID Event03\0")
                .u32(0)
                .u32(0x02000200)
                .raw(banks)
                .bytes();
        return u32(0).u32(EventType.NO_ACTION.code()).zeros(20).sized(data);
    }

    /** An entry of a log with one bank, whose digest is 32 times one byte. */
    LogBuilder event(int pcr, EventType type, int digest, byte[] data) {
        u32(pcr).u32(type.code()).u32(1).u16(SHA256);
        for (int i = 0; i < 32; i++) {
            u8(digest);
        }
        return sized(data);
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
