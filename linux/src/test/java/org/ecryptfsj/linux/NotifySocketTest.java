package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jnr.constants.platform.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotifySocketTest {
    /** What systemd is: a bound datagram socket. */
    private static final class Receiver implements AutoCloseable {
        private final Descriptor socket;

        Receiver(String name) throws LinuxException {
            byte[] path = name.getBytes(StandardCharsets.UTF_8);
            if (path[0] == '@') {
                path[0] = 0;
            }
            ByteBuffer address = ByteBuffer.allocateDirect(2 + path.length).order(ByteOrder.nativeOrder());
            address.putShort((short) 1).put(path).flip();
            int fd = LibCSockets.INSTANCE.socket(1, 2, 0);
            if (fd < 0 || LibCSockets.INSTANCE.bind(fd, address, address.remaining()) != 0) {
                throw LinuxException.last("bind " + name);
            }
            socket = Descriptor.adopt(fd, "receiver");
        }

        String hears() throws LinuxException {
            ByteBuffer text = ByteBuffer.allocateDirect(1024);
            socket.read(text);
            return StandardCharsets.UTF_8.decode(text.flip()).toString();
        }

        /** The descriptor that came with a message, and the message. */
        Map.Entry<String, Descriptor> hearsWithDescriptor() {
            int word = NativeMemory.WORD;
            int vector = 7 * word;
            int control = vector + 2 * word;
            int controlHeader = word + 2 * Integer.BYTES;
            int into = control + controlHeader + word;
            ByteBuffer message = ByteBuffer.allocateDirect(into + 1024).order(ByteOrder.nativeOrder());
            long start = NativeMemory.address(message);
            NativeMemory.putWord(message, 2 * word, start + vector);
            NativeMemory.putWord(message, 3 * word, 1);
            NativeMemory.putWord(message, vector, start + into);
            NativeMemory.putWord(message, vector + word, 1024);
            NativeMemory.putWord(message, 4 * word, start + control);
            NativeMemory.putWord(message, 5 * word, into - control);
            long n = LibCSockets.INSTANCE.recvmsg(socket.number(), message, 0);
            byte[] text = new byte[(int) n];
            message.get(into, text, 0, text.length);
            return Map.entry(
                    new String(text, StandardCharsets.UTF_8),
                    Descriptor.adopt(message.getInt(control + controlHeader), "what came with it"));
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    private static NotifySocket open(String name) throws LinuxException {
        return NotifySocket.of(Map.of("NOTIFY_SOCKET", name)).orElseThrow();
    }

    @Test
    void withoutTheVariableThereIsNoSocket() throws LinuxException {
        assertThat(NotifySocket.of(Map.of())).isEmpty();
        assertThat(NotifySocket.of(Map.of("NOTIFY_SOCKET", ""))).isEmpty();
    }

    @Test
    void aMessageArrivesAtAPath(@TempDir Path directory) throws LinuxException {
        String name = directory.resolve("notify").toString();
        try (Receiver receiver = new Receiver(name);
                NotifySocket socket = open(name)) {
            socket.send("READY=1\nSTATUS=grüße");

            assertThat(receiver.hears()).isEqualTo("READY=1\nSTATUS=grüße");
        }
    }

    @Test
    void aMessageArrivesAtAnAbstractName() throws LinuxException {
        String name = "@ecryptfsj-test-" + UUID.randomUUID();
        try (Receiver receiver = new Receiver(name);
                NotifySocket socket = open(name)) {
            socket.send("STOPPING=1");

            assertThat(receiver.hears()).isEqualTo("STOPPING=1");
        }
    }

    @Test
    void aDescriptorIsSentWithAMessage() throws LinuxException {
        String name = "@ecryptfsj-test-" + UUID.randomUUID();
        try (Receiver receiver = new Receiver(name);
                NotifySocket socket = open(name);
                SharedMemory memory = SharedMemory.create("travels", 4096)) {
            memory.bytes().putLong(0, 42);

            socket.send("FDSTORE=1\nFDNAME=record", memory.descriptor());

            Map.Entry<String, Descriptor> heard = receiver.hearsWithDescriptor();
            assertThat(heard.getKey()).isEqualTo("FDSTORE=1\nFDNAME=record");
            try (SharedMemory there = SharedMemory.adopt(heard.getValue(), 4096)) {
                assertThat(there.bytes().getLong(0)).isEqualTo(42);
            }
        }
    }

    @Test
    void theBarrierEndsWhenTheReceiverClosesItsDescriptor() throws Exception {
        String name = "@ecryptfsj-test-" + UUID.randomUUID();
        try (Receiver receiver = new Receiver(name);
                NotifySocket socket = open(name)) {
            CompletableFuture<String> heard = CompletableFuture.supplyAsync(() -> {
                Map.Entry<String, Descriptor> barrier = receiver.hearsWithDescriptor();
                barrier.getValue().close();
                return barrier.getKey();
            });

            assertThat(socket.awaitProcessed(Duration.ofSeconds(10))).isTrue();
            assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo("BARRIER=1");
        }
    }

    @Test
    void theBarrierTimesOutIfTheReceiverIsBusy() throws LinuxException {
        String name = "@ecryptfsj-test-" + UUID.randomUUID();
        try (Receiver receiver = new Receiver(name);
                NotifySocket socket = open(name)) {
            assertThat(socket.awaitProcessed(Duration.ofMillis(20))).isFalse();
            assertThat(receiver.hears()).isEqualTo("BARRIER=1");
        }
    }

    @Test
    void anInvalidAddressIsRefused() {
        for (String name : new String[] {"relative", "/", "@", "/" + "x".repeat(200)}) {
            assertThatThrownBy(() -> open(name)).isInstanceOfSatisfying(LinuxException.class, e -> assertThat(e.errno())
                    .isEqualTo(Errno.EINVAL));
        }
    }

    @Test
    void aMissingReceiverIsAnError() throws LinuxException {
        try (NotifySocket socket = open("@ecryptfsj-test-" + UUID.randomUUID())) {
            assertThatThrownBy(() -> socket.send("READY=1"))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ECONNREFUSED));
        }
    }
}
