package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.netlink.Request.Tag64Request;

/** Frames of both channels, both ways. */
class FrameTest {
    private static final byte[] PACKET = TestFrames.tag64(new byte[300]);

    @Property
    void aRequestFromTheDeviceKeepsItsIndexAndCounter(
            @ForAll int index, @ForAll int counter, @ForAll @Size(min = 1, max = 512) byte[] key)
            throws MalformedFrameException {
        Frame frame = miscdev(KernelFrames.miscdevRequest(index, counter, TestFrames.tag64(key)));

        assertAsks(frame, index, counter, key);
    }

    @Example
    void aFrameMayFillTheBuffer() throws MalformedFrameException {
        byte[] frame = KernelFrames.miscdevRequest(1, 2, PACKET);

        assertThat(MiscdevFrame.size(ByteBuffer.wrap(frame))).isEqualTo(frame.length);
        assertThatThrownBy(() -> MiscdevFrame.size(
                        ByteBuffer.wrap(frame, 0, frame.length - 1).slice()))
                .isInstanceOf(MalformedFrameException.class);
    }

    @Property
    void aRequestFromNetlinkKeepsItsIndexAndCounter(
            @ForAll int index, @ForAll int counter, @ForAll @Size(min = 1, max = 512) byte[] key)
            throws MalformedFrameException {
        Frame frame = netlink(KernelFrames.netlinkRequest(index, counter, TestFrames.tag64(key)));

        assertAsks(frame, index, counter, key);
    }

    @Property
    void arbitraryBytesFromTheDeviceAreAFrameOrMalformed(@ForAll @Size(max = 600) byte[] bytes) {
        assertThat(isFrameOrMalformed(() -> miscdev(bytes))).isTrue();
    }

    @Property
    void arbitraryBytesInARequestFrameAreAFrameOrMalformed(@ForAll @Size(max = 600) byte[] bytes) {
        assertThat(isFrameOrMalformed(() -> miscdev(TestFrames.join(TestFrames.bytes(0x66, 0, 0, 0, 1), bytes))))
                .isTrue();
    }

    @Property
    void arbitraryPacketsInAWellFormedFrameAreAlwaysARequest(@ForAll @Size(max = 600) byte[] packet)
            throws MalformedFrameException {
        assertThat(miscdev(KernelFrames.miscdevRequest(1, 2, packet))).isInstanceOf(Frame.RequestFrame.class);
        assertThat(netlink(KernelFrames.netlinkRequest(1, 2, packet))).isInstanceOf(Frame.RequestFrame.class);
    }

    @Property
    void arbitraryBytesFromNetlinkAreAFrameOrMalformed(@ForAll @Size(max = 600) byte[] bytes) {
        assertThat(isFrameOrMalformed(() -> netlink(bytes))).isTrue();
        assertThat(isFrameOrMalformed(() -> netlink(KernelFrames.netlink(0x66, 1, bytes))))
                .isTrue();
    }

    @Example
    void everyTruncationOfADeviceFrameIsMalformed() {
        byte[] frame = KernelFrames.miscdevRequest(0, 1, PACKET);

        for (int length = 0; length < frame.length; length++) {
            assertMalformed(Arrays.copyOf(frame, length), FrameTest::miscdev);
        }
    }

    @Example
    void everyTruncationOfANetlinkFrameIsMalformed() {
        byte[] frame = KernelFrames.netlinkRequest(0, 1, PACKET);

        for (int length = 0; length < frame.length; length++) {
            assertMalformed(Arrays.copyOf(frame, length), FrameTest::netlink);
        }
    }

    @Property
    void everyOtherLengthInADeviceFrameIsMalformed(@ForAll @IntRange(min = 192, max = 65535) int length) {
        byte[] frame = KernelFrames.miscdevRequest(0, 1, PACKET);
        byte[] wrong = TestFrames.bytes(((length - 192) >> 8) + 192, length - 192);
        if (frame[5] == wrong[0] && frame[6] == wrong[1]) {
            return;
        }
        System.arraycopy(wrong, 0, frame, 5, 2);

        assertMalformed(frame, FrameTest::miscdev);
    }

    @Property
    void everyOtherDataLengthIsMalformed(@ForAll int dataLength) {
        if (dataLength == PACKET.length) {
            return;
        }
        byte[] fromDevice = KernelFrames.miscdevRequest(0, 1, PACKET);
        ByteBuffer.wrap(fromDevice).order(ByteOrder.nativeOrder()).putInt(7 + 4, dataLength);
        byte[] fromNetlink = KernelFrames.netlinkRequest(0, 1, PACKET);
        ByteBuffer.wrap(fromNetlink).order(ByteOrder.nativeOrder()).putInt(16 + 4, dataLength);

        assertMalformed(fromDevice, FrameTest::miscdev);
        assertMalformed(fromNetlink, FrameTest::netlink);
    }

    @Property
    void everyOtherNetlinkLengthIsMalformed(@ForAll int length) {
        byte[] frame = KernelFrames.netlinkRequest(0, 1, PACKET);
        if (length == frame.length) {
            return;
        }
        ByteBuffer.wrap(frame).order(ByteOrder.nativeOrder()).putInt(0, length);

        assertMalformed(frame, FrameTest::netlink);
    }

    @Property
    void typesTheKernelDoesNotSendAreMalformed(@ForAll @IntRange(min = 0, max = 255) int type) {
        if (type >= 100 && type <= 102) {
            return;
        }
        byte[] fromDevice = KernelFrames.miscdevRequest(0, 1, PACKET);
        fromDevice[0] = (byte) type;

        assertMalformed(fromDevice, FrameTest::miscdev);
        assertMalformed(KernelFrames.netlink(type, 1, KernelFrames.message(0, PACKET)), FrameTest::netlink);
    }

    @Property
    void bytesBehindHeloAndQuitAreMalformed(
            @ForAll @IntRange(min = 100, max = 101) int type, @ForAll @Size(min = 1, max = 20) byte[] more) {
        assertMalformed(TestFrames.join(TestFrames.bytes(type, 0, 0, 0, 0), more), FrameTest::miscdev);
        assertMalformed(KernelFrames.netlink(type, 0, more), FrameTest::netlink);
    }

    @Property
    void aNetlinkFrameMayBePaddedToAMultipleOfFour(@ForAll @Size(min = 1, max = 512) byte[] key)
            throws MalformedFrameException {
        byte[] frame = KernelFrames.netlinkRequest(3, 4, TestFrames.tag64(key));

        assertAsks(netlink(Arrays.copyOf(frame, (frame.length + 3) / 4 * 4)), 3, 4, key);
        assertMalformed(Arrays.copyOf(frame, frame.length + 4), FrameTest::netlink);
    }

    @Property
    void theKernelAcceptsEveryDecryptedKey(
            @ForAll int index, @ForAll int counter, @ForAll @Size(min = 3, max = 512) byte[] payload) {
        try (Secret secret = Secret.takeBytes(payload.clone())) {
            assertAccepted(index, counter, new Reply.Tag65Reply(secret), 0x41, 0, payload);
        }
    }

    @Property
    void theKernelAcceptsEveryEncryptedKey(
            @ForAll int index, @ForAll int counter, @ForAll @Size(min = 1, max = 512) byte[] key) {
        assertAccepted(index, counter, new Reply.Tag67Reply(EncryptedKey.of(key)), 0x43, 0, key);
    }

    @Property
    void aFailureIsFourBytesThatTheKernelTakesForAFailure(@ForAll int index, @ForAll int counter) {
        assertAccepted(index, counter, new Reply.FailureReply((byte) 0x41), 0x41, 0xff, new byte[0]);
        assertAccepted(index, counter, new Reply.FailureReply((byte) 0x43), 0x43, 0xff, new byte[0]);
    }

    @Example
    void theLargestRepliesFillTheKernelsLargestFrameExactly() {
        Message request = request(0, 1);
        Reply encrypted = new Reply.Tag67Reply(EncryptedKey.of(new byte[EncryptedKey.MAX_BYTES]));

        try (LockedMemory frame = MiscdevFrame.response(request, encrypted)) {
            assertThat(frame.size()).isEqualTo(531);
        }
        try (Secret payload = Secret.allocate(Reply.Tag65Reply.MAX_PAYLOAD);
                LockedMemory frame = MiscdevFrame.response(request, new Reply.Tag65Reply(payload))) {
            assertThat(frame.size()).isEqualTo(531);
        }
    }

    @Example
    void heloAndQuitOverNetlinkAreBareHeaders() throws MalformedFrameException {
        assertThat(NetlinkFrame.bare(MessageType.HELO))
                .isEqualTo(ByteBuffer.wrap(KernelFrames.netlink(100, 0, new byte[0])));
        assertThat(NetlinkFrame.bare(MessageType.QUIT))
                .isEqualTo(ByteBuffer.wrap(KernelFrames.netlink(101, 0, new byte[0])));
        assertThat(netlink(KernelFrames.netlink(100, 0, new byte[0]))).isEqualTo(new Frame.Helo());
        assertThat(netlink(KernelFrames.netlink(101, 0, new byte[0]))).isEqualTo(new Frame.Quit());
    }

    private static Message request(int index, int counter) {
        return new Message(index, counter, new Request.MalformedRequest(Reply.Tag65Reply.TAG, "never mind"));
    }

    private static void assertAsks(Frame frame, int index, int counter, byte[] encryptedKey) {
        assertThat(frame).isInstanceOfSatisfying(Frame.RequestFrame.class, asked -> {
            assertThat(asked.message().index()).isEqualTo(index);
            assertThat(asked.message().counter()).isEqualTo(counter);
            assertThat(asked.message().request()).isInstanceOfSatisfying(Tag64Request.class, request -> assertThat(
                            request.encryptedKey().bytes())
                    .isEqualTo(encryptedKey));
        });
    }

    private static void assertAccepted(int index, int counter, Reply reply, int tag, int status, byte[] content) {
        try (LockedMemory miscdev = MiscdevFrame.response(request(index, counter), reply);
                LockedMemory netlink = NetlinkFrame.response(request(index, counter), reply)) {
            for (TestFrames.Answer answer : new TestFrames.Answer[] {
                TestFrames.miscdevAnswer(array(miscdev)), TestFrames.netlinkAnswer(array(netlink))
            }) {
                assertThat(answer.index()).isEqualTo(index);
                assertThat(answer.counter()).isEqualTo(counter);
                assertThat(answer.tag()).isEqualTo(tag);
                assertThat(answer.status()).isEqualTo(status);
                assertThat(answer.content()).isEqualTo(HexFormat.of().formatHex(content));
            }
        }
    }

    private static byte[] array(LockedMemory memory) {
        byte[] bytes = new byte[memory.size()];
        memory.buffer().get(bytes);
        return bytes;
    }

    private interface Parser {
        Frame parse(byte[] bytes) throws MalformedFrameException;
    }

    private interface Parsing {
        Frame parse() throws MalformedFrameException;
    }

    private static Frame miscdev(byte[] bytes) throws MalformedFrameException {
        return MiscdevFrame.parse(ByteBuffer.wrap(bytes));
    }

    private static Frame netlink(byte[] bytes) throws MalformedFrameException {
        return NetlinkFrame.parse(ByteBuffer.wrap(bytes));
    }

    private static boolean isFrameOrMalformed(Parsing parsing) {
        try {
            return parsing.parse() != null;
        } catch (MalformedFrameException e) {
            return !e.getMessage().isBlank();
        }
    }

    private static void assertMalformed(byte[] bytes, Parser parser) {
        assertThatThrownBy(() -> parser.parse(bytes))
                .isInstanceOf(MalformedFrameException.class)
                .message()
                .isNotBlank();
    }
}
