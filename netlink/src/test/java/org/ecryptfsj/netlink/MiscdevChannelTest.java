package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.linux.Wakeup;
import org.ecryptfsj.netlink.Request.MalformedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The device, with a socket that keeps frames apart, or a file that refuses writes as the device does, in its place. */
class MiscdevChannelTest extends KernelChannelContract {
    /** A file that takes a number and answers anything else with EINVAL. */
    private static final String REFUSES_WRITES = "/proc/self/oom_score_adj";

    private static final Message MESSAGE = new Message(0, 7, new MalformedRequest((byte) 0x41, "a test"));

    @Override
    FakeKernel kernel() throws LinuxException {
        return new Device();
    }

    @Test
    void openingSendsHelo(@TempDir Path directory) throws Exception {
        Path fifo = NamedPipe.in(directory);
        try (Descriptor there = Descriptor.openReadWrite(fifo.toString());
                KernelChannel channel = MiscdevChannel.open(fifo, Optional.empty())) {
            ByteBuffer frame = ByteBuffer.allocateDirect(100);
            there.read(frame);

            assertThat(frame.flip()).isEqualTo(TestVectors.KERNEL_CAPTURES.buffer("helo"));
            assertThat(channel.name()).isEqualTo(fifo.toString());
            assertThat(channel.kind()).isEqualTo(KernelChannel.Kind.MISCDEV);
        }
    }

    @Test
    void adoptingSendsNothing() throws LinuxException {
        try (SocketPair pair = SocketPair.open();
                KernelChannel channel = MiscdevChannel.adopt(pair.here());
                Wakeup poll = new Wakeup()) {
            assertThat(poll.isReadable(pair.there())).isFalse();
            assertThat(channel.ended()).isFalse();
        }
    }

    @Test
    void anEmptyReadIsRepeated() throws Exception {
        try (SocketPair pair = SocketPair.open();
                KernelChannel channel = MiscdevChannel.adopt(pair.here())) {
            pair.there().write(ByteBuffer.allocateDirect(0));
            pair.there().write(ByteBuffer.allocateDirect(0));
            write(pair.there(), KernelFrames.miscdevRequest(1, 2, TestFrames.tag64(new byte[80])));

            assertThat(channel.receive().orElseThrow().counter()).isEqualTo(2);
        }
    }

    @Test
    void aReadableDeviceThatReturnsNothingIsAnError() throws LinuxException {
        try (SocketPair pair = SocketPair.open();
                KernelChannel channel = MiscdevChannel.adopt(pair.here())) {
            pair.there().close();

            assertThatThrownBy(channel::receive).isInstanceOfSatisfying(LinuxException.class, e -> assertThat(e.errno())
                    .isEqualTo(Errno.EIO));
        }
    }

    @Test
    void aRefusedReplyIsStaleAndTheChannelStaysUsable() throws Exception {
        try (KernelChannel channel = MiscdevChannel.adopt(Descriptor.openReadWrite(REFUSES_WRITES))) {
            assertThatThrownBy(() -> channel.reply(MESSAGE, Reply.failureOf(MESSAGE.request())))
                    .isInstanceOf(StaleReplyException.class)
                    .hasMessageContaining("request 7")
                    .hasRootCauseInstanceOf(LinuxException.class);
            assertThatThrownBy(() -> channel.reply(MESSAGE, Reply.failureOf(MESSAGE.request())))
                    .isInstanceOf(StaleReplyException.class);
        }
    }

    @Test
    void aRefusedQuitIsIgnoredOnClose() throws LinuxException {
        KernelChannel channel = MiscdevChannel.adopt(Descriptor.openReadWrite(REFUSES_WRITES));

        assertThatCode(channel::close).doesNotThrowAnyException();
    }

    @Test
    void aDeviceThatRefusesHeloIsNotOpened() {
        assertThatThrownBy(() -> MiscdevChannel.open(Path.of(REFUSES_WRITES), Optional.empty()))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    }

    @Test
    void aFailedOpenAndAClosedChannelLeaveNoDescriptorOpen() throws Exception {
        MiscdevChannel.adopt(SocketPair.open().here()).close();
        long before = descriptors();
        for (int i = 0; i < 10; i++) {
            aDeviceThatRefusesHeloIsNotOpened();
            try (SocketPair pair = SocketPair.open()) {
                MiscdevChannel.adopt(pair.here()).close();
            }
        }

        assertThat(descriptors()).isLessThan(before + 10);
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    @Test
    void theDeviceAndTheStoreAreThoseGiven() throws LinuxException {
        try (SocketPair pair = SocketPair.open();
                InFlightStore store = InFlightStore.create();
                KernelChannel channel = MiscdevChannel.adopt(pair.here(), Optional.of(store))) {
            assertThat(channel.device()).containsSame(pair.here());
            assertThat(channel.inFlightStore()).containsSame(store);
        }
    }

    @Test
    void anyOtherFailureToReplyIsAnErrorOfTheChannel() throws LinuxException {
        try (SocketPair pair = SocketPair.open();
                KernelChannel channel = MiscdevChannel.adopt(pair.here())) {
            pair.there().close();

            assertThatThrownBy(() -> channel.reply(MESSAGE, Reply.failureOf(MESSAGE.request())))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPIPE));
        }
    }

    private static void write(Descriptor to, byte[] frame) throws LinuxException {
        to.write(ByteBuffer.allocateDirect(frame.length).put(frame).flip());
    }

    /** Over a socket pair. */
    private static final class Device implements FakeKernel {
        private final SocketPair pair = SocketPair.open();
        private final MiscdevChannel channel = MiscdevChannel.adopt(pair.here());

        Device() throws LinuxException {}

        @Override
        public KernelChannel channel() {
            return channel;
        }

        @Override
        public void sendRequest(int index, int counter, byte[] packet) throws LinuxException {
            write(pair.there(), KernelFrames.miscdevRequest(index, counter, packet));
        }

        @Override
        public void sendBare(MessageType type) throws LinuxException {
            write(pair.there(), TestFrames.bytes(type.code(), 0, 0, 0, 0));
        }

        @Override
        public void sendMalformed() throws LinuxException {
            write(pair.there(), TestFrames.bytes(0x66, 0));
        }

        @Override
        public TestFrames.Answer receiveReply() throws LinuxException {
            return TestFrames.miscdevAnswer(read());
        }

        @Override
        public void receiveBare(MessageType type) throws LinuxException {
            assertThat(read()).isEqualTo(TestFrames.bytes(type.code(), 0, 0, 0, 0));
        }

        @Override
        public boolean hasReceivedNothing() throws LinuxException {
            return read().length == 0;
        }

        private byte[] read() throws LinuxException {
            ByteBuffer in = ByteBuffer.allocateDirect(1024);
            byte[] frame = new byte[pair.there().read(in)];
            in.flip().get(frame);
            return frame;
        }

        @Override
        public void close() {
            channel.close();
            pair.there().close();
        }
    }
}
