package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;

/**
 * The length of what follows, in one byte or two (docs/spec/channel.md, section 3).
 *
 * <table>
 * <caption>Forms</caption>
 * <tr><th>first byte</th><th>length</th></tr>
 * <tr><td>0..191</td><td>that number</td></tr>
 * <tr><td>192..223</td><td>(first - 192) * 256 + second + 192: 192 to 8383</td></tr>
 * <tr><td>224..255</td><td>no form the kernel reads</td></tr>
 * </table>
 */
final class PacketLength {
    /** The largest length there is a form for. */
    static final int MOST = 8383;

    private static final int TWO_BYTES_FROM = 192;
    private static final int INVALID_FROM = 224;

    private PacketLength() {}

    /** Bytes the length itself takes: 1 or 2. */
    static int size(int length) {
        return requireExpressible(length) < TWO_BYTES_FROM ? 1 : 2;
    }

    /** @throws IllegalArgumentException if there is no form for it */
    static void write(ByteBuffer out, int length) {
        if (requireExpressible(length) < TWO_BYTES_FROM) {
            out.put((byte) length);
            return;
        }
        int rest = length - TWO_BYTES_FROM;
        out.put((byte) (rest / 256 + TWO_BYTES_FROM)).put((byte) (rest % 256));
    }

    /** Reads a length and moves past it. */
    static int read(ByteBuffer in) throws MalformedPacketException {
        if (!in.hasRemaining()) {
            throw new MalformedPacketException("it ends where a length should be");
        }
        int first = Byte.toUnsignedInt(in.get());
        if (first < TWO_BYTES_FROM) {
            return first;
        }
        if (first >= INVALID_FROM) {
            throw new MalformedPacketException("a length begins with byte " + first + ", which means nothing");
        }
        if (!in.hasRemaining()) {
            throw new MalformedPacketException("it ends in the middle of a two-byte length");
        }
        return (first - TWO_BYTES_FROM) * 256 + Byte.toUnsignedInt(in.get()) + TWO_BYTES_FROM;
    }

    private static int requireExpressible(int length) {
        if (length < 0 || length > MOST) {
            throw new IllegalArgumentException("a packet length is 0 to " + MOST + ", not " + length);
        }
        return length;
    }
}
