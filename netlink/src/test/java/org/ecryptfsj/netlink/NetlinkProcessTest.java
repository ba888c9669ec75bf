package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.NetlinkSocket;
import org.ecryptfsj.netlink.Request.Tag66Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The channel in this process, the kernel's part in another. */
class NetlinkProcessTest {
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aDialogueCrossesProcesses() throws Exception {
        Process kernel = start();
        try (BufferedReader said = kernel.inputReader(StandardCharsets.US_ASCII)) {
            int kernelPort = Integer.parseInt(said.readLine());
            try (NetlinkChannel channel =
                    NetlinkChannel.open(NetlinkSocket.open(NetlinkSocket.USERSOCK, 0), kernelPort)) {
                try (Message message = channel.receive().orElseThrow()) {
                    int size = ((Tag66Request) message.request()).payload().size();
                    channel.reply(message, new Reply.Tag67Reply(EncryptedKey.of(new byte[size])));
                }
                assertThat(channel.receive()).isEqualTo(Optional.empty());
                assertThat(channel.ended()).isTrue();
            }

            assertThat(said.readLine()).isEqualTo("index 9, counter 10, tag 67, 19 bytes");
            assertThat(said.readLine()).isEqualTo("the daemon quit");
            assertThat(kernel.waitFor()).isZero();
        } finally {
            kernel.destroyForcibly();
        }
    }

    private static Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Kernel.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Asks once, says QUIT, and waits for the daemon's QUIT; tells on standard output what it saw. */
    static final class Kernel {
        private Kernel() {}

        public static void main(String[] arguments) throws LinuxException {
            try (NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.USERSOCK, 0)) {
                System.out.println(socket.port());
                ByteBuffer helo = ByteBuffer.allocateDirect(1024);
                int daemon = socket.receive(helo).sender();
                byte[] payload = KernelFrames.payload(7, new byte[16]);
                send(socket, daemon, KernelFrames.netlinkRequest(9, 10, TestFrames.tag66(payload)));
                TestFrames.Answer answer = TestFrames.netlinkAnswer(receive(socket));
                System.out.println("index " + answer.index() + ", counter " + answer.counter() + ", tag " + answer.tag()
                        + ", " + answer.content().length() / 2 + " bytes");
                send(socket, daemon, KernelFrames.netlink(101, 0, new byte[0]));
                assertThat(receive(socket)).isEqualTo(KernelFrames.netlink(101, 0, new byte[0]));
                System.out.println("the daemon quit");
            }
        }

        private static void send(NetlinkSocket socket, int to, byte[] frame) throws LinuxException {
            socket.send(ByteBuffer.allocateDirect(frame.length).put(frame).flip(), to);
        }

        private static byte[] receive(NetlinkSocket socket) throws LinuxException {
            ByteBuffer in = ByteBuffer.allocateDirect(1024);
            byte[] frame = new byte[socket.receive(in).size()];
            in.flip().get(frame);
            return frame;
        }
    }
}
