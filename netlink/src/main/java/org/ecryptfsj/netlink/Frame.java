package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;

/** One frame, as read from a channel. */
sealed interface Frame {
    /** A greeting, which is ignored. */
    record Helo() implements Frame {}

    /** The kernel ends the channel. */
    record Quit() implements Frame {}

    /** A request of the kernel; the caller closes the message. */
    record RequestFrame(Message message) implements Frame {}

    /**
     * Parses what follows a channel's own header.
     *
     * @param type number of a {@link MessageType}
     * @param counter sequence number of a request
     * @param body bytes behind the header, from position to limit
     */
    static Frame of(int type, int counter, ByteBuffer body) throws MalformedFrameException {
        return switch (MessageType.of(type).orElseThrow(() -> unexpected(type))) {
            case HELO -> bare(body, new Helo());
            case QUIT -> bare(body, new Quit());
            case REQUEST -> new RequestFrame(MessageCodec.parse(body, counter));
            case RESPONSE -> throw unexpected(type);
        };
    }

    private static Frame bare(ByteBuffer body, Frame frame) throws MalformedFrameException {
        if (body.hasRemaining()) {
            throw new MalformedFrameException("HELO or QUIT is followed by " + body.remaining() + " bytes");
        }
        return frame;
    }

    private static MalformedFrameException unexpected(int type) {
        return new MalformedFrameException("frame type " + type + " is not one that the kernel sends");
    }
}
