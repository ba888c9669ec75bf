package org.ecryptfsj.lower;

import java.nio.ByteBuffer;

/**
 * The length of a packet's body in a header, in one or two bytes (docs/spec/channel.md, section 3). The packets of the kernel
 * channel have the same form today; each format has its own class, so that neither depends on the other.
 *
 * <table>
 * <caption>Forms</caption>
 * <tr><th>first byte</th><th>length</th></tr>
 * <tr><td>0..191</td><td>that number</td></tr>
 * <tr><td>192..223</td><td>(first - 192) * 256 + second + 192: 192 to 8383</td></tr>
 * <tr><td>224..255</td><td>not accepted by the kernel</td></tr>
 * </table>
 */
final class HeaderPacketLength {
    private static final int TWO_BYTES_FROM = 192;
    private static final int INVALID_FROM = 224;

    private HeaderPacketLength() {}

    /** Writes a length up to 8383. */
    static void write(ByteBuffer out, int length) {
        if (length < TWO_BYTES_FROM) {
            out.put((byte) length);
            return;
        }
        int rest = length - TWO_BYTES_FROM;
        out.put((byte) (rest / 256 + TWO_BYTES_FROM)).put((byte) (rest % 256));
    }

    /** Reads the length of a body, which must follow completely. */
    static int read(ByteBuffer in, String packet) throws MalformedLowerException {
        int at = in.position();
        int first = in.hasRemaining() ? Byte.toUnsignedInt(in.get()) : INVALID_FROM;
        if (first >= INVALID_FROM || (first >= TWO_BYTES_FROM && !in.hasRemaining())) {
            throw new MalformedLowerException(packet + " has no valid length at byte " + at);
        }
        int length = first < TWO_BYTES_FROM
                ? first
                : (first - TWO_BYTES_FROM) * 256 + Byte.toUnsignedInt(in.get()) + TWO_BYTES_FROM;
        if (length > in.remaining()) {
            throw new MalformedLowerException(packet + " has a length of " + length + " bytes at byte " + at
                    + ", but only " + in.remaining() + " follow");
        }
        return length;
    }
}
