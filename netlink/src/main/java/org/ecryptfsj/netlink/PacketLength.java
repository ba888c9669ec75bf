package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;

/**
 * A length in one byte or two (docs/spec/channel.md, section 3).
 *
 * <table>
 * <caption>Forms</caption>
 * <tr><th>first byte</th><th>length</th></tr>
 * <tr><td>0..191</td><td>that number</td></tr>
 * <tr><td>192..223</td><td>(first - 192) * 256 + second + 192: 192 to 8383</td></tr>
 * <tr><td>224..255</td><td>not accepted by the kernel</td></tr>
 * </table>
 */
final class PacketLength {
    /** Largest length that can be encoded. */
    static final int MAX = 8383;

    private static final int TWO_BYTES_FROM = 192;
    private static final int INVALID_FROM = 224;

    private PacketLength() {}

    /** Bytes of the encoded length: 1 or 2. */
    static int size(int length) {
        return requireEncodable(length) < TWO_BYTES_FROM ? 1 : 2;
    }

    /** @throws IllegalArgumentException if it cannot be encoded */
    static void write(ByteBuffer out, int length) {
        if (requireEncodable(length) < TWO_BYTES_FROM) {
            out.put((byte) length);
            return;
        }
        int rest = length - TWO_BYTES_FROM;
        out.put((byte) (rest / 256 + TWO_BYTES_FROM)).put((byte) (rest % 256));
    }

    /** Reads a length at the buffer's position and moves past it. */
    static int read(ByteBuffer in) throws MalformedPacketException {
        if (!in.hasRemaining()) {
            throw new MalformedPacketException("length is missing");
        }
        int first = Byte.toUnsignedInt(in.get());
        if (first < TWO_BYTES_FROM) {
            return first;
        }
        if (first >= INVALID_FROM) {
            throw new MalformedPacketException("length begins with the invalid byte " + first);
        }
        if (!in.hasRemaining()) {
            throw new MalformedPacketException("second byte of the length is missing");
        }
        return (first - TWO_BYTES_FROM) * 256 + Byte.toUnsignedInt(in.get()) + TWO_BYTES_FROM;
    }

    private static int requireEncodable(int length) {
        if (length < 0 || length > MAX) {
            throw new IllegalArgumentException("packet length must be 0 to " + MAX + ", not " + length);
        }
        return length;
    }
}
