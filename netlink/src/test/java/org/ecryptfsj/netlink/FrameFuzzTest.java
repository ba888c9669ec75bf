package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.netlink.Request.MalformedRequest;
import org.ecryptfsj.netlink.Request.Tag64Request;
import org.ecryptfsj.netlink.Request.Tag66Request;

/** Any bytes from a channel are a frame that can be answered, or are refused with the parser's own exception. */
class FrameFuzzTest {
    @FuzzTest
    void miscdevFrames(byte[] bytes) {
        try {
            Frame frame = MiscdevFrame.parse(ByteBuffer.wrap(bytes));
            if (frame instanceof Frame.Asked asked) {
                try (Message message = asked.message();
                        LockedMemory answer = MiscdevFrame.response(message, Reply.failureOf(message.request()))) {
                    assertThat(answer.size()).isLessThanOrEqualTo(MiscdevFrame.MOST_WRITTEN);
                    assertThat(answer.buffer().getInt(1)).isEqualTo(message.counter());
                }
            } else {
                assertThat(bytes).hasSize(MiscdevFrame.HEADER);
            }
        } catch (MalformedFrameException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @FuzzTest
    void netlinkFrames(byte[] bytes) {
        try {
            Frame frame = NetlinkFrame.parse(ByteBuffer.wrap(bytes));
            if (frame instanceof Frame.Asked asked) {
                try (Message message = asked.message();
                        LockedMemory answer = NetlinkFrame.response(message, Reply.failureOf(message.request()))) {
                    ByteBuffer header = answer.buffer().order(ByteOrder.nativeOrder());
                    assertThat(header.getInt(0)).isEqualTo(answer.size());
                    assertThat(header.getInt(8)).isEqualTo(message.counter());
                }
            }
        } catch (MalformedFrameException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    /** A request says everything that its packet said: written again it is the same packet. */
    @FuzzTest
    void packets(byte[] bytes) {
        try (Request request = PacketCodec.parse(ByteBuffer.wrap(bytes))) {
            if (request instanceof MalformedRequest malformed) {
                assertThat(malformed.why()).isNotEmpty();
            } else {
                assertThat(written(request)).isEqualTo(bytes);
            }
        }
    }

    private static byte[] written(Request request) {
        ByteBuffer out = ByteBuffer.allocate(1024).put(request.tag());
        if (request instanceof Tag64Request open) {
            text(out, open.signature().hex());
            field(out, ByteBuffer.wrap(open.encryptedKey().bytes()));
        } else if (request instanceof Tag66Request create) {
            text(out, create.signature().hex());
            field(out, create.payload().buffer());
        }
        byte[] packet = new byte[out.position()];
        out.get(0, packet);
        return packet;
    }

    private static void text(ByteBuffer out, String text) {
        field(out, StandardCharsets.US_ASCII.encode(text));
    }

    private static void field(ByteBuffer out, ByteBuffer bytes) {
        PacketLength.write(out, bytes.remaining());
        out.put(bytes);
    }
}
