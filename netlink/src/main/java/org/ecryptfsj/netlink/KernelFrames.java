package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.keymodule.Signature;

/**
 * The kernel's side of both channels: encodes requests, and decodes replies with the checks that the kernel makes
 * (docs/spec/channel.md, sections 2, 3 and 6; packets.md, sections 2 to 5). For the warm-up of the daemon, for tests and for
 * benchmarks, which take the kernel's place.
 */
public final class KernelFrames {
    private static final byte SUCCESS = 0;
    private static final int HEADER_WITHOUT_PACKET = 14;

    private KernelFrames() {}

    /**
     * A reply that the kernel accepts.
     *
     * @param index the kernel's slot for the request
     * @param counter sequence number of the request
     * @param tag {@link Reply.Tag65Reply#TAG} or {@link Reply.Tag67Reply#TAG}
     * @param status 0 if the request succeeded
     * @param content decrypted or encrypted key, a view of the frame; empty if the request failed
     */
    public record ReceivedReply(int index, int counter, byte tag, int status, ByteBuffer content) {
        /** Whether the request succeeded. */
        public boolean isSuccess() {
            return status == SUCCESS;
        }
    }

    /** A packet that asks to decrypt a key (docs/spec/packets.md, section 2). */
    public static byte[] tag64(Signature signature, byte[] encryptedKey) {
        return packet(Request.Tag64Request.TAG, signature, encryptedKey);
    }

    /**
     * A packet that asks to encrypt a key (docs/spec/packets.md, section 4).
     *
     * @param payload cipher code, file encryption key and checksum
     */
    public static byte[] tag66(Signature signature, byte[] payload) {
        return packet(Request.Tag66Request.TAG, signature, payload);
    }

    /** A packet of that tag: signature and content, each behind its length. */
    static byte[] packet(byte tag, Signature signature, byte[] content) {
        byte[] text = signature.hex().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer packet = ByteBuffer.allocate(
                1 + PacketLength.size(text.length) + text.length + PacketLength.size(content.length) + content.length);
        packet.put(tag);
        PacketLength.write(packet, text.length);
        packet.put(text);
        PacketLength.write(packet, content.length);
        return packet.put(content).array();
    }

    /**
     * The payload of a tag 66 packet.
     *
     * @param cipherCode code of the file's cipher
     * @param key file encryption key
     * @return cipher code, key, and the sum of the key's bytes
     */
    public static byte[] payload(int cipherCode, byte[] key) {
        int sum = 0;
        for (byte b : key) {
            sum += Byte.toUnsignedInt(b);
        }
        return ByteBuffer.allocate(1 + key.length + Short.BYTES)
                .put((byte) cipherCode)
                .put(key)
                .putShort((short) sum)
                .array();
    }

    /** A request as one read of /dev/ecryptfs returns it. */
    public static byte[] miscdevRequest(int index, int counter, byte[] packet) {
        byte[] message = message(index, packet);
        ByteBuffer frame =
                ByteBuffer.allocate(MiscdevFrame.HEADER + PacketLength.size(message.length) + message.length);
        frame.put(MessageType.REQUEST.code()).putInt(counter);
        PacketLength.write(frame, message.length);
        return frame.put(message).array();
    }

    /** A request as one netlink datagram carries it. */
    public static byte[] netlinkRequest(int index, int counter, byte[] packet) {
        return netlink(MessageType.REQUEST.code(), counter, message(index, packet));
    }

    /** A netlink datagram of that type. */
    static byte[] netlink(int type, int counter, byte[] body) {
        return ByteBuffer.allocate(NetlinkFrame.HEADER + body.length)
                .order(ByteOrder.nativeOrder())
                .putInt(NetlinkFrame.HEADER + body.length)
                .putShort((short) type)
                .putShort((short) 0)
                .putInt(counter)
                .putInt(0)
                .put(body)
                .array();
    }

    /** The struct ecryptfs_message around a packet. */
    static byte[] message(int index, byte[] packet) {
        return ByteBuffer.allocate(MessageCodec.HEADER + packet.length)
                .order(ByteOrder.nativeOrder())
                .putInt(index)
                .putInt(packet.length)
                .put(packet)
                .array();
    }

    /**
     * Decodes what was written to /dev/ecryptfs.
     *
     * @param frame from its position to its limit
     * @throws MalformedFrameException if the kernel would refuse it, or the packet in it
     */
    public static ReceivedReply miscdevReply(ByteBuffer frame) throws MalformedFrameException {
        ByteBuffer in = frame.slice();
        require(
                in.remaining() >= HEADER_WITHOUT_PACKET && in.remaining() <= MiscdevFrame.MAX_WRITTEN,
                "reply has " + in.remaining() + " bytes");
        require(in.get() == MessageType.RESPONSE.code(), "reply has type " + in.get(0));
        int counter = in.getInt();
        int length = readLength(in);
        require(length == in.remaining(), "reply has length " + length + ", but " + in.remaining() + " bytes");
        return reply(in, counter);
    }

    /**
     * Decodes a netlink datagram that was sent to the kernel.
     *
     * @param datagram from its position to its limit
     * @throws MalformedFrameException if the kernel would refuse it, or the packet in it
     */
    public static ReceivedReply netlinkReply(ByteBuffer datagram) throws MalformedFrameException {
        ByteBuffer in = datagram.slice().order(ByteOrder.nativeOrder());
        require(in.remaining() >= NetlinkFrame.HEADER + MessageCodec.HEADER, "reply has " + in.remaining() + " bytes");
        require(in.getInt() == in.capacity(), "reply has length " + in.getInt(0) + ", but " + in.capacity() + " bytes");
        require(in.getShort() == MessageType.RESPONSE.code(), "reply has type " + in.getShort(4));
        require(in.getShort() == 0, "reply has flags " + in.getShort(6));
        int counter = in.getInt();
        require(in.getInt() == 0, "reply has port id " + in.getInt(12));
        return reply(in, counter);
    }

    private static ReceivedReply reply(ByteBuffer in, int counter) throws MalformedFrameException {
        int index = in.order(ByteOrder.nativeOrder()).getInt();
        int dataLength = in.getInt();
        require(
                dataLength == in.remaining() && dataLength >= 4,
                "packet has length " + dataLength + ", but " + in.remaining() + " bytes");
        byte tag = in.get();
        require(tag == Reply.Tag65Reply.TAG || tag == Reply.Tag67Reply.TAG, "packet has tag " + tag);
        int status = Byte.toUnsignedInt(in.get());
        int length = readLength(in);
        if (status != SUCCESS) {
            require(length == 0 && in.remaining() == 1, "failure packet has content");
            return new ReceivedReply(index, counter, tag, status, ByteBuffer.allocate(0));
        }
        require(length == in.remaining(), "key has length " + length + ", but " + in.remaining() + " bytes");
        return new ReceivedReply(index, counter, tag, status, in.slice());
    }

    private static int readLength(ByteBuffer in) throws MalformedFrameException {
        try {
            return PacketLength.read(in);
        } catch (MalformedPacketException e) {
            throw new MalformedFrameException("reply has no length: " + e.getMessage());
        }
    }

    private static void require(boolean condition, String otherwise) throws MalformedFrameException {
        if (!condition) {
            throw new MalformedFrameException(otherwise);
        }
    }
}
