package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.ecryptfsj.keymodule.Signature;

/** Frames of {@link KernelFrames} with one signature, replies in a form that tests compare, and arrays of bytes. */
final class TestFrames {
    static final Signature SIGNATURE = new Signature("0123456789abcdef");

    private TestFrames() {}

    /** A reply that passed the kernel's checks; the content is hex. */
    record Answer(int index, int counter, int tag, int status, String content) {
        static Answer of(KernelFrames.ReceivedReply reply) {
            byte[] content = new byte[reply.content().remaining()];
            reply.content().get(content);
            return new Answer(
                    reply.index(),
                    reply.counter(),
                    reply.tag(),
                    reply.status(),
                    HexFormat.of().formatHex(content));
        }
    }

    static byte[] tag64(byte[] encryptedKey) {
        return KernelFrames.tag64(SIGNATURE, encryptedKey);
    }

    static byte[] tag66(byte[] payload) {
        return KernelFrames.tag66(SIGNATURE, payload);
    }

    static Answer miscdevAnswer(byte[] frame) {
        try {
            return Answer.of(KernelFrames.miscdevReply(ByteBuffer.wrap(frame)));
        } catch (MalformedFrameException e) {
            throw new AssertionError("the kernel would refuse this reply", e);
        }
    }

    static Answer netlinkAnswer(byte[] frame) {
        try {
            return Answer.of(KernelFrames.netlinkReply(ByteBuffer.wrap(frame)));
        } catch (MalformedFrameException e) {
            throw new AssertionError("the kernel would refuse this reply", e);
        }
    }

    static byte[] join(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(65536);
        for (byte[] part : parts) {
            all.put(part);
        }
        byte[] joined = new byte[all.position()];
        all.flip().get(joined);
        return joined;
    }

    static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
