package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import org.ecryptfsj.linux.LockedMemory;

/**
 * One read or write of /dev/ecryptfs (docs/spec/channel.md, section 3).
 *
 * <table>
 * <caption>Layout</caption>
 * <tr><th>offset</th><th>bytes</th><th>what</th></tr>
 * <tr><td>0</td><td>1</td><td>{@link MessageType}</td></tr>
 * <tr><td>1</td><td>4, big endian</td><td>counter</td></tr>
 * <tr><td>5</td><td>1 or 2</td><td>{@link PacketLength} of the rest; HELO and QUIT end before it</td></tr>
 * <tr><td>6 or 7</td><td>that many</td><td>struct ecryptfs_message, see {@link MessageCodec}</td></tr>
 * </table>
 */
final class MiscdevFrame {
    /** Size of HELO and QUIT, and of the header of other frames, in bytes. */
    static final int HEADER = 5;

    /** Size of the largest frame that the kernel accepts, in bytes. */
    static final int MAX_WRITTEN = 531;

    private MiscdevFrame() {}

    /**
     * Parses a frame.
     *
     * @param frame from its position to its limit, big endian
     */
    static Frame parse(ByteBuffer frame) throws MalformedFrameException {
        if (frame.remaining() < HEADER) {
            throw new MalformedFrameException("frame has " + frame.remaining() + " bytes, less than " + HEADER);
        }
        int type = Byte.toUnsignedInt(frame.get());
        int counter = frame.getInt();
        if (type == MessageType.REQUEST.code()) {
            requireLength(frame);
        }
        return Frame.of(type, counter, frame);
    }

    /**
     * Size in bytes of the request at the beginning of a buffer, which may be followed by other bytes.
     *
     * @throws MalformedFrameException if the request is longer than the buffer
     */
    static int size(ByteBuffer buffer) throws MalformedFrameException {
        ByteBuffer rest = buffer.duplicate().position(HEADER);
        int length = length(rest);
        if (length > rest.remaining()) {
            throw new MalformedFrameException("frame has length " + length + ", more than the buffer holds");
        }
        return rest.position() + length;
    }

    private static void requireLength(ByteBuffer rest) throws MalformedFrameException {
        int length = length(rest);
        if (length != rest.remaining()) {
            throw new MalformedFrameException(
                    "frame has length " + length + ", but " + rest.remaining() + " bytes follow");
        }
    }

    private static int length(ByteBuffer rest) throws MalformedFrameException {
        try {
            return PacketLength.read(rest);
        } catch (MalformedPacketException e) {
            throw new MalformedFrameException("frame has no length: " + e.getMessage());
        }
    }

    /** HELO or QUIT. */
    static ByteBuffer bare(MessageType type) {
        return ByteBuffer.allocateDirect(HEADER).put(0, type.code());
    }

    /** The reply to a request, which may contain a file key; closed by the caller. */
    static LockedMemory response(Message request, Reply reply) {
        int length = MessageCodec.size(reply);
        LockedMemory frame = LockedMemory.allocate(HEADER + PacketLength.size(length) + length);
        ByteBuffer out = frame.buffer();
        out.put(MessageType.RESPONSE.code()).putInt(request.counter());
        PacketLength.write(out, length);
        MessageCodec.write(request, reply, out);
        return frame;
    }
}
