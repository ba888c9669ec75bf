package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ecryptfsj.linux.LockedMemory;

/**
 * One netlink datagram: {@code struct nlmsghdr}, then the message (docs/spec/channel.md, section 6).
 *
 * <table>
 * <caption>Layout, all host endian</caption>
 * <tr><th>offset</th><th>bytes</th><th>what</th></tr>
 * <tr><td>0</td><td>4</td><td>nlmsg_len, this header included, padding not</td></tr>
 * <tr><td>4</td><td>2</td><td>nlmsg_type: {@link MessageType}</td></tr>
 * <tr><td>6</td><td>2</td><td>nlmsg_flags: 0</td></tr>
 * <tr><td>8</td><td>4</td><td>nlmsg_seq: counter</td></tr>
 * <tr><td>12</td><td>4</td><td>nlmsg_pid: 0 from user space</td></tr>
 * <tr><td>16</td><td>nlmsg_len - 16</td><td>struct ecryptfs_message, see {@link MessageCodec}; HELO and QUIT end
 * before it</td></tr>
 * </table>
 */
final class NetlinkFrame {
    /** Size of HELO and QUIT, and of the header of other frames, in bytes. */
    static final int HEADER = 16;

    /** A datagram may be padded to a multiple of this (NLMSG_ALIGNTO). */
    private static final int ALIGNMENT = 4;

    private NetlinkFrame() {}

    /**
     * Parses a frame.
     *
     * @param datagram from its position to its limit
     */
    static Frame parse(ByteBuffer datagram) throws MalformedFrameException {
        ByteBuffer frame = datagram.slice().order(ByteOrder.nativeOrder());
        if (frame.remaining() < HEADER) {
            throw new MalformedFrameException("frame has " + frame.remaining() + " bytes, less than " + HEADER);
        }
        int length = frame.getInt();
        int type = Short.toUnsignedInt(frame.getShort());
        frame.getShort();
        int counter = frame.getInt();
        frame.getInt();
        int padding = frame.capacity() - length;
        if (length < HEADER || padding < 0 || padding >= ALIGNMENT) {
            throw new MalformedFrameException(
                    "frame has length " + Integer.toUnsignedString(length) + ", but " + frame.capacity() + " bytes");
        }
        frame.limit(length);
        return Frame.of(type, counter, frame);
    }

    /** HELO or QUIT. */
    static ByteBuffer bare(MessageType type) {
        return header(ByteBuffer.allocateDirect(HEADER), type, 0).flip();
    }

    /** The reply to a request, which may contain a file key; closed by the caller. */
    static LockedMemory response(Message request, Reply reply) {
        LockedMemory frame = LockedMemory.allocate(HEADER + MessageCodec.size(reply));
        MessageCodec.write(request, reply, header(frame.buffer(), MessageType.RESPONSE, request.counter()));
        return frame;
    }

    /** Writes the header; returns the buffer, positioned behind it. */
    private static ByteBuffer header(ByteBuffer frame, MessageType type, int counter) {
        return frame.order(ByteOrder.nativeOrder())
                .putInt(frame.capacity())
                .putShort(type.code())
                .putShort((short) 0)
                .putInt(counter)
                .putInt(0);
    }
}
