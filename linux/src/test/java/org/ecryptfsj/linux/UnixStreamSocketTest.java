package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jnr.constants.platform.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixStreamSocketTest {
    @TempDir
    Path directory;

    @Test
    void whatIsWrittenArrivesAndTheAnswerComesBackUntilTheOtherSideCloses() throws Exception {
        Path path = directory.resolve("söcket");
        try (ServerSocketChannel server = listen(path);
                Descriptor connection = UnixStreamSocket.connect(path)) {
            connection.write(direct("status\n"));
            try (SocketChannel accepted = server.accept()) {
                ByteBuffer request = ByteBuffer.allocate(7);
                while (request.hasRemaining()) {
                    assertThat(accepted.read(request)).isPositive();
                }
                assertThat(request.array()).asString(StandardCharsets.UTF_8).isEqualTo("status\n");
                accepted.write(ByteBuffer.wrap("answer".getBytes(StandardCharsets.UTF_8)));
            }
            assertThat(connection.bytes(100)).asString(StandardCharsets.UTF_8).isEqualTo("answer");
        }
    }

    @Test
    void aSocketThatDoesNotExistIsTheCallersError() {
        assertThat(errorOf(directory.resolve("none"))).isEqualTo(Errno.ENOENT);
    }

    @Test
    void aSocketWithoutAListenerRefusesTheConnection() throws Exception {
        Path path = directory.resolve("left");
        listen(path).close();
        assertThat(Files.exists(path)).isTrue();

        assertThat(errorOf(path)).isEqualTo(Errno.ECONNREFUSED);
    }

    @Test
    void aPathOfMoreThan107BytesHasNoAddress() {
        String prefix = directory + "/";
        Path longest = Path.of(prefix + "x".repeat(107 - prefix.length()));

        assertThat(errorOf(longest)).isEqualTo(Errno.ENOENT);
        assertThat(errorOf(Path.of(longest + "x"))).isEqualTo(Errno.ENAMETOOLONG);
    }

    private static ServerSocketChannel listen(Path path) throws Exception {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
    }

    private static Errno errorOf(Path path) {
        Errno[] errno = new Errno[1];
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> UnixStreamSocket.connect(path))
                .satisfies(e -> errno[0] = e.errno());
        return errno[0];
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
