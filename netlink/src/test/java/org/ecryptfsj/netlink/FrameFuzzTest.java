package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.netlink.Request.MalformedRequest;
import org.ecryptfsj.netlink.Request.Tag64Request;
import org.ecryptfsj.netlink.Request.Tag66Request;

/** Any bytes from a channel are a frame that can be answered, or are refused with the exception of the parser. */
class FrameFuzzTest {
    @FuzzTest
    void miscdevFrames(byte[] bytes) {
        try {
            Frame frame = MiscdevFrame.parse(ByteBuffer.wrap(bytes));
            if (frame instanceof Frame.RequestFrame received) {
                try (Message message = received.message();
                        LockedMemory answer = MiscdevFrame.response(message, Reply.failureOf(message.request()))) {
                    assertThat(answer.size()).isLessThanOrEqualTo(MiscdevFrame.MAX_WRITTEN);
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
            if (frame instanceof Frame.RequestFrame received) {
                try (Message message = received.message();
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

    /** A request holds all of its packet: encoded again it is the same packet. */
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
        if (request instanceof Tag64Request open) {
            return KernelFrames.tag64(open.signature(), open.encryptedKey().bytes());
        }
        Tag66Request create = (Tag66Request) request;
        byte[] payload = new byte[create.payload().size()];
        create.payload().buffer().get(payload);
        return KernelFrames.tag66(create.signature(), payload);
    }
}
