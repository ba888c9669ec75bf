package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.netlink.Request.MalformedRequest;
import org.ecryptfsj.netlink.Request.Tag64Request;
import org.ecryptfsj.netlink.Request.Tag66Request;

/** Requests: what is read exactly, and everything else refused with the right tag. */
class PacketCodecTest {
    @Property
    void aTag64PacketBecomesATag64Request(@ForAll @Size(min = 1, max = 512) byte[] encryptedKey) {
        Request request = parse(TestFrames.tag64(encryptedKey));

        assertThat(request).isInstanceOfSatisfying(Tag64Request.class, asked -> {
            assertThat(asked.signature().hex()).isEqualTo(TestFrames.SIGNATURE.hex());
            assertThat(asked.encryptedKey().bytes()).isEqualTo(encryptedKey);
        });
    }

    @Property
    void aTag66PacketBecomesATag66Request(@ForAll byte cipherCode, @ForAll @Size(max = 64) byte[] fek) {
        byte[] payload = KernelFrames.payload(cipherCode, fek);

        try (Request request = parse(TestFrames.tag66(payload))) {
            assertThat(request).isInstanceOfSatisfying(Tag66Request.class, asked -> {
                assertThat(asked.signature().hex()).isEqualTo(TestFrames.SIGNATURE.hex());
                assertThat(asked.payload().buffer()).isEqualTo(ByteBuffer.wrap(payload));
            });
        }
    }

    @Property
    void arbitraryBytesAreSomeRequest(@ForAll @Size(max = 600) byte[] bytes) {
        try (Request request = parse(bytes)) {
            assertThat(request).isNotNull();
        }
    }

    @Property
    void arbitraryBytesBehindARequestsTagAreRefusedWithItsReplysTag(
            @ForAll boolean encrypts, @ForAll @Size(max = 600) byte[] bytes) {
        // A random signature of 16 hex digits does not come up.
        byte[] packet = TestFrames.join(TestFrames.bytes(encrypts ? 0x42 : 0x40), bytes);

        assertRefused(packet, encrypts ? 0x43 : 0x41);
    }

    @Property(tries = 200)
    void everyTruncationIsRefused(@ForAll @Size(min = 1, max = 512) byte[] encryptedKey) {
        byte[] packet = TestFrames.tag64(encryptedKey);

        for (int length = 0; length < packet.length; length++) {
            assertRefused(Arrays.copyOf(packet, length), 0x41);
        }
    }

    @Property(tries = 200)
    void everyTruncationOfAFileKeyIsRefused(@ForAll @Size(max = 64) byte[] fek) {
        byte[] packet = TestFrames.tag66(KernelFrames.payload(7, fek));

        for (int length = 1; length < packet.length; length++) {
            assertRefused(Arrays.copyOf(packet, length), 0x43);
        }
    }

    @Property
    void bytesBehindThePacketAreRefused(@ForAll @Size(min = 1, max = 20) byte[] more) {
        assertRefused(TestFrames.join(TestFrames.tag64(new byte[80]), more), 0x41);
        assertRefused(TestFrames.join(TestFrames.tag66(KernelFrames.payload(7, new byte[16])), more), 0x43);
    }

    @Property
    void everyOtherSignatureLengthIsRefused(@ForAll @IntRange(min = 0, max = 255) int length) {
        byte[] packet = TestFrames.tag66(KernelFrames.payload(7, new byte[16]));
        packet[1] = (byte) length;

        if (length == 16) {
            assertThat(parse(packet)).isInstanceOf(Tag66Request.class);
        } else {
            assertRefused(packet, 0x43);
        }
    }

    @Property
    void everyOtherContentLengthIsRefused(@ForAll @IntRange(min = 0, max = 255) int length) {
        byte[] packet = TestFrames.tag64(new byte[100]);
        packet[18] = (byte) length;

        if (length == 100) {
            assertThat(parse(packet)).isInstanceOf(Tag64Request.class);
        } else {
            assertRefused(packet, 0x41);
        }
    }

    @Property
    void everyTwoByteContentLengthButTheRightOneIsRefused(@ForAll @IntRange(min = 192, max = 8383) int length) {
        byte[] packet = TestFrames.tag64(new byte[400]);
        PacketLength.write(ByteBuffer.wrap(packet, 18, 2), length);

        if (length == 400) {
            assertThat(parse(packet)).isInstanceOf(Tag64Request.class);
        } else {
            assertRefused(packet, 0x41);
        }
    }

    @Property
    void aSignatureOfAnythingButLowercaseHexIsRefused(
            @ForAll @IntRange(min = 0, max = 15) int position, @ForAll byte digit) {
        byte[] packet = TestFrames.tag64(new byte[80]);
        packet[2 + position] = digit;

        boolean hex = "0123456789abcdef".indexOf(digit) >= 0;
        if (hex) {
            assertThat(parse(packet)).isInstanceOf(Tag64Request.class);
        } else {
            assertRefused(packet, 0x41);
        }
    }

    @Property
    void anyOtherTagIsRefusedAsTheCDaemonRefusesIt(@ForAll byte tag) {
        byte[] packet = KernelFrames.packet(tag, TestFrames.SIGNATURE, KernelFrames.payload(7, new byte[16]));

        if (tag == 0x40 || tag == 0x42) {
            assertThat(parse(packet).tag()).isEqualTo(tag);
        } else {
            assertRefused(packet, 0x41);
        }
    }

    @Property
    void aFileKeyWithAWrongChecksumIsRefused(
            @ForAll @Size(max = 64) byte[] fek, @ForAll @IntRange(min = 1, max = 65535) int error) {
        byte[] payload = KernelFrames.payload(7, fek);
        ByteBuffer checksum = ByteBuffer.wrap(payload, payload.length - 2, 2);
        checksum.putShort(payload.length - 2, (short) (checksum.getShort(payload.length - 2) + error));

        assertRefused(TestFrames.tag66(payload), 0x43);
    }

    @Example
    void theChecksumCountsModulo65536AndUnsigned() {
        byte[] fek = new byte[64];
        Arrays.fill(fek, (byte) 0xff);

        assertThat(parse(TestFrames.tag66(KernelFrames.payload(9, fek)))).isInstanceOf(Tag66Request.class);
    }

    @Example
    void anEmptyPacketIsRefused() {
        assertRefused(new byte[0], 0x41);
    }

    @Example
    void anEmptyEncryptedKeyIsRefused() {
        assertRefused(TestFrames.tag64(new byte[0]), 0x41);
    }

    @Example
    void anEncryptedKeyOver512BytesIsRefused() {
        assertRefused(TestFrames.tag64(new byte[513]), 0x41);
    }

    @Example
    void aFileKeyOver64BytesIsRefused() {
        assertRefused(TestFrames.tag66(KernelFrames.payload(7, new byte[65])), 0x43);
    }

    @Example
    void aPayloadWithoutRoomForAChecksumIsRefused() {
        assertRefused(TestFrames.tag66(new byte[2]), 0x43);
    }

    private static Request parse(byte[] packet) {
        return PacketCodec.parse(ByteBuffer.wrap(packet));
    }

    private static void assertRefused(byte[] packet, int replyTag) {
        assertThat(parse(packet)).isInstanceOfSatisfying(MalformedRequest.class, refused -> {
            assertThat(refused.replyTag()).isEqualTo((byte) replyTag);
            assertThat(refused.why()).isNotBlank();
            assertThat(Reply.failureOf(refused)).isEqualTo(new Reply.FailureReply((byte) replyTag));
        });
    }
}
