package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The kernel's {@code struct ecryptfs_message}, the same on both channels (docs/spec/channel.md, section 2).
 *
 * <table>
 * <caption>Layout</caption>
 * <tr><th>offset</th><th>bytes</th><th>what</th></tr>
 * <tr><td>0</td><td>4, host endian</td><td>index</td></tr>
 * <tr><td>4</td><td>4, host endian</td><td>data_len</td></tr>
 * <tr><td>8</td><td>data_len</td><td>one tag packet</td></tr>
 * </table>
 */
final class MessageCodec {
    /** Bytes in front of the packet. */
    static final int HEADER = 8;

    private MessageCodec() {}

    /**
     * Parses a request.
     *
     * @param struct from its position to its limit
     * @param counter from the channel's own header
     */
    static Message parse(ByteBuffer struct, int counter) throws MalformedFrameException {
        if (struct.remaining() < HEADER) {
            throw new MalformedFrameException(
                    "message has " + struct.remaining() + " bytes, less than its header of " + HEADER);
        }
        ByteBuffer in = struct.slice().order(ByteOrder.nativeOrder());
        int index = in.getInt();
        int dataLength = in.getInt();
        if (dataLength != in.remaining()) {
            throw new MalformedFrameException("message has length " + Integer.toUnsignedString(dataLength) + ", but "
                    + in.remaining() + " bytes follow its header");
        }
        return new Message(index, counter, PacketCodec.parse(in));
    }

    /** Number of bytes that {@link #write} writes. */
    static int size(Reply reply) {
        return HEADER + PacketCodec.size(reply);
    }

    /** Writes the reply to a request at the buffer's position. */
    static void write(Message request, Reply reply, ByteBuffer out) {
        ByteOrder order = out.order();
        out.order(ByteOrder.nativeOrder()).putInt(request.index()).putInt(PacketCodec.size(reply));
        PacketCodec.write(reply, out.order(order));
    }
}
