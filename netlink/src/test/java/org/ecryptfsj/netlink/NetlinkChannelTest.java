package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.NetlinkSocket;
import org.ecryptfsj.linux.Wakeup;
import org.junit.jupiter.api.Test;

/** Netlink between two ports of NETLINK_USERSOCK, since no kernel of today speaks protocol 19. */
class NetlinkChannelTest extends KernelChannelContract {
    @Override
    FakeKernel kernel() throws LinuxException {
        return new Port();
    }

    @Test
    void theNameContainsTheProtocol() throws LinuxException {
        try (Port kernel = new Port()) {
            assertThat(kernel.channel().name()).isEqualTo("netlink 2");
            assertThat(kernel.channel().kind()).isEqualTo(KernelChannel.Kind.NETLINK);
        }
    }

    @Test
    void datagramsOfOtherSendersAreDropped() throws Exception {
        try (Port kernel = new Port();
                NetlinkSocket spoofer = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0)) {
            send(spoofer, kernel.port, KernelFrames.netlinkRequest(0, 666, TestFrames.tag64(new byte[80])));
            send(spoofer, kernel.port, KernelFrames.netlink(101, 0, new byte[0]));
            send(spoofer, kernel.port, new byte[9000]);
            kernel.sendRequest(0, 1, TestFrames.tag64(new byte[80]));

            assertThat(kernel.channel().receive().orElseThrow().counter()).isEqualTo(1);
            assertThat(kernel.channel().ended()).isFalse();
        }
    }

    @Test
    void aFrameLargerThanAnyRequestIsRefusedWhole() throws Exception {
        try (Port kernel = new Port()) {
            kernel.sendRequest(0, 1, new byte[2000]);
            kernel.sendRequest(0, 2, TestFrames.tag64(new byte[80]));

            assertThatThrownBy(kernel.channel()::receive)
                    .isInstanceOf(MalformedFrameException.class)
                    .hasMessageContaining("2024 bytes, more than 1024");
            assertThat(kernel.channel().receive().orElseThrow().counter()).isEqualTo(2);
        }
    }

    @Test
    void aPeerThatDoesNotExistIsAnError() throws LinuxException {
        NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0);
        int unusedPort;
        try (NetlinkSocket gone = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0)) {
            unusedPort = gone.port();
        }

        assertThatThrownBy(() -> NetlinkChannel.open(socket, unusedPort))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ECONNREFUSED));
    }

    private static void send(NetlinkSocket from, int port, byte[] frame) throws LinuxException {
        from.send(ByteBuffer.allocateDirect(frame.length).put(frame).flip(), port);
    }

    /** The kernel's port, and the channel's. */
    private static final class Port implements FakeKernel {
        private final NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0);
        private final NetlinkSocket theirs = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0);
        final int port = theirs.port();
        private final NetlinkChannel channel = NetlinkChannel.open(theirs, socket.port());

        Port() throws LinuxException {
            receiveBare(MessageType.HELO);
        }

        @Override
        public KernelChannel channel() {
            return channel;
        }

        @Override
        public void sendRequest(int index, int counter, byte[] packet) throws LinuxException {
            send(socket, port, KernelFrames.netlinkRequest(index, counter, packet));
        }

        @Override
        public void sendBare(MessageType type) throws LinuxException {
            send(socket, port, KernelFrames.netlink(type.code(), 0, new byte[0]));
        }

        @Override
        public void sendMalformed() throws LinuxException {
            send(socket, port, new byte[3]);
        }

        @Override
        public TestFrames.Answer receiveReply() throws LinuxException {
            return TestFrames.netlinkAnswer(receive());
        }

        @Override
        public void receiveBare(MessageType type) throws LinuxException {
            assertThat(receive()).isEqualTo(KernelFrames.netlink(type.code(), 0, new byte[0]));
        }

        @Override
        public boolean hasReceivedNothing() throws LinuxException {
            try (Wakeup poll = new Wakeup()) {
                return !poll.isReadable(socket.descriptor());
            }
        }

        private byte[] receive() throws LinuxException {
            ByteBuffer in = ByteBuffer.allocateDirect(1024);
            NetlinkSocket.Received received = socket.receive(in);
            assertThat(received.sender()).isEqualTo(port);
            byte[] frame = new byte[received.size()];
            in.flip().get(frame);
            return frame;
        }

        @Override
        public void close() {
            channel.close();
            socket.close();
        }
    }
}
