package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * What the kernel writes and how it checks what it reads, written from the specification alone (docs/spec/channel.md, sections 2,
 * 3 and 6; packets.md, sections 2 to 5), so that the codec is not tested against itself.
 */
final class KernelSide {
    static final String SIGNATURE = "0123456789abcdef";

    private KernelSide() {}

    /** A reply, once the kernel has accepted it; the content is hex. */
    record Answer(int index, int counter, int tag, int status, String content) {}

    static byte[] packetLength(int length) {
        return length < 192
                ? new byte[] {(byte) length}
                : new byte[] {(byte) (((length - 192) >> 8) + 192), (byte) (length - 192)};
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

    static byte[] packet(int tag, String signature, byte[] content) {
        byte[] text = signature.getBytes(StandardCharsets.ISO_8859_1);
        return join(bytes(tag), packetLength(text.length), text, packetLength(content.length), content);
    }

    static byte[] tag64(byte[] encryptedKey) {
        return packet(0x40, SIGNATURE, encryptedKey);
    }

    static byte[] tag66(byte[] payload) {
        return packet(0x42, SIGNATURE, payload);
    }

    static byte[] payload(int cipherCode, byte[] fek) {
        int sum = 0;
        for (byte b : fek) {
            sum = (sum + (b & 0xff)) % 65536;
        }
        return join(bytes(cipherCode), fek, bytes(sum >> 8, sum));
    }

    static byte[] message(int index, byte[] packet) {
        return ByteBuffer.allocate(8 + packet.length)
                .order(ByteOrder.nativeOrder())
                .putInt(index)
                .putInt(packet.length)
                .put(packet)
                .array();
    }

    static byte[] miscdevRequest(int index, int counter, byte[] packet) {
        byte[] message = message(index, packet);
        byte[] counterBytes = ByteBuffer.allocate(4).putInt(counter).array();
        return join(bytes(0x66), counterBytes, packetLength(message.length), message);
    }

    static byte[] netlink(int type, int counter, byte[] body) {
        return ByteBuffer.allocate(16 + body.length)
                .order(ByteOrder.nativeOrder())
                .putInt(16 + body.length)
                .putShort((short) type)
                .putShort((short) 0)
                .putInt(counter)
                .putInt(0)
                .put(body)
                .array();
    }

    static byte[] netlinkRequest(int index, int counter, byte[] packet) {
        return netlink(0x66, counter, message(index, packet));
    }

    /** All checks of a write to the device, then those of the packet in it. */
    static Answer acceptMiscdev(byte[] frame) {
        assertThat(frame.length).isBetween(14, 531);
        ByteBuffer in = ByteBuffer.wrap(frame);
        assertThat(in.get()).isEqualTo((byte) 0x67);
        int counter = in.getInt();
        assertThat(readPacketLength(in)).isEqualTo(in.remaining());
        return acceptMessage(in, counter);
    }

    /** All checks of a netlink response, then those of the packet in it. */
    static Answer acceptNetlink(byte[] frame) {
        ByteBuffer in = ByteBuffer.wrap(frame).order(ByteOrder.nativeOrder());
        assertThat(in.getInt()).isEqualTo(frame.length);
        assertThat(in.getShort()).isEqualTo((short) 0x67);
        assertThat(in.getShort()).isZero();
        int counter = in.getInt();
        assertThat(in.getInt()).isZero();
        return acceptMessage(in, counter);
    }

    private static Answer acceptMessage(ByteBuffer in, int counter) {
        int index = in.order(ByteOrder.nativeOrder()).getInt();
        assertThat(in.getInt()).isEqualTo(in.remaining()).isGreaterThanOrEqualTo(4);
        int tag = in.get();
        int status = in.get() & 0xff;
        int length = readPacketLength(in);
        assertThat(tag).isIn(0x41, 0x43);
        assertThat(in.remaining()).isEqualTo(status == 0 ? length : 1);
        byte[] content = new byte[length];
        in.get(content);
        return new Answer(index, counter, tag, status, HexFormat.of().formatHex(content));
    }

    private static int readPacketLength(ByteBuffer in) {
        int first = in.get() & 0xff;
        assertThat(first).isLessThan(224);
        return first < 192 ? first : (first - 192) * 256 + (in.get() & 0xff) + 192;
    }
}
