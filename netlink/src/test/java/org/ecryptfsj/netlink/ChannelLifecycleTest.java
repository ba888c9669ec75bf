package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.Request.Tag66Request;
import org.junit.jupiter.api.Test;

class ChannelLifecycleTest {
    @Test
    void theReadBufferIsWipedAfterAFrameIsParsed() throws Exception {
        byte[] frame = KernelFrames.miscdevRequest(0, 1, TestFrames.tag66(KernelFrames.payload(7, new byte[16])));
        AtomicReference<ByteBuffer> seen = new AtomicReference<>();
        try (SocketPair pair = SocketPair.open()) {
            ChannelLifecycle lifecycle = readableChannel(pair);

            try (Message message = lifecycle
                    .receive(into -> {
                        seen.set(into);
                        return Optional.of(MiscdevFrame.parse(into.put(frame).flip()));
                    })
                    .orElseThrow()) {
                assertThat(((Tag66Request) message.request()).payload().buffer().get(0))
                        .isEqualTo((byte) 7);
                assertThat(seen.get().clear()).isEqualTo(ByteBuffer.allocate(ChannelLifecycle.BUFFER));
            }
            lifecycle.close(Optional.empty());
        }
    }

    @Test
    void theReadBufferIsWipedAfterAMalformedFrame() throws Exception {
        AtomicReference<ByteBuffer> seen = new AtomicReference<>();
        try (SocketPair pair = SocketPair.open()) {
            ChannelLifecycle lifecycle = readableChannel(pair);

            assertThatThrownBy(() -> lifecycle.receive(into -> {
                        seen.set(into);
                        into.put(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
                        throw new MalformedFrameException("a test");
                    }))
                    .isInstanceOf(MalformedFrameException.class);
            assertThat(seen.get().clear()).isEqualTo(ByteBuffer.allocate(ChannelLifecycle.BUFFER));
            lifecycle.close(Optional.empty());
        }
    }

    @Test
    void aReadWithoutAFrameContinuesTheWait() throws Exception {
        int[] reads = {0};
        try (SocketPair pair = SocketPair.open()) {
            ChannelLifecycle lifecycle = readableChannel(pair);

            assertThat(lifecycle.receive(into -> ++reads[0] < 3 ? Optional.empty() : Optional.of(new Frame.Quit())))
                    .isEmpty();
            assertThat(reads[0]).isEqualTo(3);
            assertThat(lifecycle.ended()).isTrue();
            lifecycle.close(Optional.empty());
        }
    }

    @Test
    void aShortWriteIsAnError() throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            ChannelLifecycle lifecycle = new ChannelLifecycle(pair.here(), frame -> frame.remaining() - 1);

            assertThatThrownBy(() -> lifecycle.send(ByteBuffer.allocateDirect(5)))
                    .hasMessageContaining("took 4 of 5 bytes");
            lifecycle.close(Optional.empty());
        }
    }

    private static ChannelLifecycle readableChannel(SocketPair pair) throws Exception {
        pair.there().write(ByteBuffer.allocateDirect(1));
        return new ChannelLifecycle(pair.here(), pair.here()::write);
    }
}
