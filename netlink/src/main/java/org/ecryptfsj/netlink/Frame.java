package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;

/** What one read of a channel brings. */
sealed interface Frame {
    /** A greeting, of no consequence. */
    record Helo() implements Frame {}

    /** The kernel ends the channel. */
    record Quit() implements Frame {}

    /** The kernel asks; the message is owned by whoever takes the frame. */
    record Asked(Message message) implements Frame {}

    /**
     * The frame of that type, once a channel has read its own header.
     *
     * @param type the number of a {@link MessageType}
     * @param counter of a request
     * @param body what follows the header, from its position to its limit
     */
    static Frame of(int type, int counter, ByteBuffer body) throws MalformedFrameException {
        return switch (MessageType.of(type).orElseThrow(() -> unexpected(type))) {
            case HELO -> bare(body, new Helo());
            case QUIT -> bare(body, new Quit());
            case REQUEST -> new Asked(MessageCodec.parse(body, counter));
            case RESPONSE -> throw unexpected(type);
        };
    }

    private static Frame bare(ByteBuffer body, Frame frame) throws MalformedFrameException {
        if (body.hasRemaining()) {
            throw new MalformedFrameException(body.remaining() + " bytes follow a HELO or QUIT");
        }
        return frame;
    }

    private static MalformedFrameException unexpected(int type) {
        return new MalformedFrameException("a frame has type " + type + ", which the kernel does not send");
    }
}
