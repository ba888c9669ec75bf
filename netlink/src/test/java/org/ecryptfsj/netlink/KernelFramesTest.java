package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.ecryptfsj.netlink.KernelFrames.ReceivedReply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replies are refused as the kernel refuses them: other tests rely on that. */
class KernelFramesTest {
    private static final byte[] FAILURE = TestFrames.bytes(0x41, 0xff, 0, 0);
    private static final byte[] SUCCESS = TestFrames.bytes(0x43, 0, 2, 8, 9);
    private static final int INDEX = 3;
    private static final int COUNTER = 0x01020304;

    @Test
    void aFailureIsDecoded() throws MalformedFrameException {
        ReceivedReply reply = miscdev(miscdevFrame(0x67, FAILURE));

        assertThat(reply.isSuccess()).isFalse();
        assertThat(reply.status()).isEqualTo(0xff);
        assertThat(reply.index()).isEqualTo(INDEX);
        assertThat(reply.counter()).isEqualTo(COUNTER);
        assertThat(reply.content().remaining()).isZero();
    }

    @Test
    void aSuccessIsDecoded() throws MalformedFrameException {
        ReceivedReply reply = netlink(netlinkFrame(SUCCESS));

        assertThat(reply.isSuccess()).isTrue();
        assertThat(reply.index()).isEqualTo(INDEX);
        assertThat(reply.counter()).isEqualTo(COUNTER);
        assertThat(reply.content()).isEqualTo(ByteBuffer.wrap(TestFrames.bytes(8, 9)));
    }

    @ParameterizedTest
    @CsvSource({
        "41ff00, packet has length 3",
        "40000109, packet has tag 64",
        "41ff0109, failure packet has content",
        "41ff000000, failure packet has content",
        "430003" + "0809, 'key has length 3, but 2 bytes'",
        "430001" + "0809, 'key has length 1, but 2 bytes'",
    })
    void aPacketThatTheKernelRefusesIsRefused(String packet, String message) {
        byte[] bytes = HexFormat.of().parseHex(packet);
        assertRefused(() -> miscdev(miscdevFrame(0x67, bytes)), message);
        assertRefused(() -> netlink(netlinkFrame(bytes)), message);
    }

    @Test
    void aDeviceFrameOfAnotherTypeIsRefused() {
        assertRefused(() -> miscdev(miscdevFrame(0x66, FAILURE)), "reply has type 102");
    }

    @Test
    void aDeviceFrameWithAnotherLengthIsRefused() {
        byte[] frame = miscdevFrame(0x67, SUCCESS);
        frame[5]++;
        assertRefused(() -> miscdev(frame), "reply has length 14, but 13 bytes");
    }

    @Test
    void aMessageWithAnotherLengthIsRefused() {
        byte[] frame = miscdevFrame(0x67, SUCCESS);
        ByteBuffer.wrap(frame).order(ByteOrder.nativeOrder()).putInt(10, SUCCESS.length + 1);
        assertRefused(() -> miscdev(frame), "packet has length 6, but 5 bytes");
    }

    /** 14 bytes are a frame with an empty packet. */
    @Test
    void aDeviceFrameThatIsTooShortIsRefused() {
        byte[] frame = miscdevFrame(0x67, new byte[0]);
        assertRefused(() -> miscdev(Arrays.copyOf(frame, 13)), "reply has 13 bytes");
        assertRefused(() -> miscdev(frame), "packet has length 0");
    }

    @Test
    void aDeviceFrameOfTheLargestSizeIsAccepted() throws MalformedFrameException {
        assertThat(miscdev(miscdevFrameOfSize(MiscdevFrame.MAX_WRITTEN)).isSuccess())
                .isTrue();
        assertRefused(() -> miscdev(miscdevFrameOfSize(MiscdevFrame.MAX_WRITTEN + 1)), "reply has 532 bytes");
    }

    /** 24 bytes are a datagram with an empty packet. */
    @Test
    void aDatagramThatIsTooShortIsRefused() {
        byte[] frame = netlinkFrame(new byte[0]);
        assertRefused(() -> netlink(Arrays.copyOf(frame, 23)), "reply has 23 bytes");
        assertRefused(() -> netlink(frame), "packet has length 0");
    }

    @ParameterizedTest
    @CsvSource({"0, reply has length", "4, reply has type", "6, reply has flags", "12, reply has port id"})
    void aDatagramWithAnotherHeaderIsRefused(int changed, String message) {
        byte[] frame = netlinkFrame(FAILURE);
        frame[changed]++;
        assertRefused(() -> netlink(frame), message);
    }

    private static byte[] miscdevFrame(int type, byte[] packet) {
        byte[] frame = KernelFrames.miscdevRequest(INDEX, COUNTER, packet);
        frame[0] = (byte) type;
        return frame;
    }

    private static byte[] miscdevFrameOfSize(int size) {
        int keyBytes = size - 5 - 2 - 8 - 4;
        byte[] packet = new byte[4 + keyBytes];
        ByteBuffer out = ByteBuffer.wrap(packet).put((byte) 0x43).put((byte) 0);
        PacketLength.write(out, keyBytes);
        byte[] frame = miscdevFrame(0x67, packet);
        assertThat(frame).hasSize(size);
        return frame;
    }

    private static byte[] netlinkFrame(byte[] packet) {
        return KernelFrames.netlink(103, COUNTER, KernelFrames.message(INDEX, packet));
    }

    private static ReceivedReply miscdev(byte[] frame) throws MalformedFrameException {
        return KernelFrames.miscdevReply(ByteBuffer.wrap(frame));
    }

    private static ReceivedReply netlink(byte[] frame) throws MalformedFrameException {
        return KernelFrames.netlinkReply(ByteBuffer.wrap(frame));
    }

    private static void assertRefused(ThrowingCallable decoding, String message) {
        assertThatThrownBy(decoding).isInstanceOf(MalformedFrameException.class).hasMessageContaining(message);
    }
}
