package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import jnr.constants.platform.Errno;

/**
 * The datagram socket on which a service sends its state to systemd, named by the environment variable NOTIFY_SOCKET
 * (sd_notify(3)). Any thread may send. If the receiver does not read, such as a systemd that re-executes itself, a message waits
 * for two seconds at most.
 */
public final class NotifySocket implements AutoCloseable {
    private static final String VARIABLE = "NOTIFY_SOCKET";
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 02000000;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int SOL_SOCKET = 1;

    /** Another number on PowerPC (asm/socket.h). */
    private static final int SO_SNDTIMEO = System.getProperty("os.arch").startsWith("ppc64") ? 19 : 21;

    private static final int SCM_RIGHTS = 1;

    /** sockaddr_un: two bytes of family, then sun_path. */
    private static final int MAX_PATH_BYTES = 108;

    private static final long SEND_TIMEOUT_SECONDS = 2;

    private static final int FAMILY = 2;

    /**
     * Offsets of struct msghdr, whose members are as long as a pointer but for two that are padded to that length (sendmsg(2)):
     * name, its length, vector, its length, control messages, their length, flags.
     */
    private static final int NAME_LENGTH = NativeMemory.WORD;

    private static final int VECTOR_ADDRESS = 2 * NativeMemory.WORD;
    private static final int VECTOR_LENGTH = 3 * NativeMemory.WORD;
    private static final int CONTROL_ADDRESS = 4 * NativeMemory.WORD;
    private static final int CONTROL_LENGTH = 5 * NativeMemory.WORD;

    /** After struct msghdr: one struct iovec; one control message (cmsg(3)): length, level, type, descriptor; the text. */
    private static final int VECTOR = 7 * NativeMemory.WORD;

    private static final int CONTROL = VECTOR + 2 * NativeMemory.WORD;
    private static final int CMSGHDR = NativeMemory.WORD + 2 * Integer.BYTES;
    private static final int CONTROL_BYTES = CMSGHDR + NativeMemory.WORD;
    private static final int NAME = CONTROL + CONTROL_BYTES;

    private final Descriptor socket;
    private final byte[] address;

    private NotifySocket(Descriptor socket, byte[] address) {
        this.socket = socket;
        this.address = address;
    }

    /**
     * The socket that an environment names.
     *
     * @param environment of the process
     * @return empty without the variable; closed by the caller
     * @throws LinuxException EINVAL if the variable is neither a path nor an abstract name, or is too long
     */
    public static Optional<NotifySocket> of(Map<String, String> environment) throws LinuxException {
        String name = environment.get(VARIABLE);
        if (name == null || name.isEmpty()) {
            return Optional.empty();
        }
        byte[] address = address(name);
        int fd = LibCSockets.INSTANCE.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
        if (fd < 0) {
            throw LinuxException.last("socket for " + VARIABLE);
        }
        NotifySocket socket = new NotifySocket(new Descriptor(fd, VARIABLE + " " + name), address);
        ByteBuffer limit = ByteBuffer.allocateDirect(2 * Long.BYTES).order(ByteOrder.nativeOrder());
        limit.putLong(SEND_TIMEOUT_SECONDS).flip().limit(limit.capacity());
        if (LibCSockets.INSTANCE.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, limit, limit.capacity()) != 0) {
            LinuxException e = LinuxException.last("setsockopt SO_SNDTIMEO of " + socket);
            socket.close();
            throw e;
        }
        return Optional.of(socket);
    }

    private static byte[] address(String name) throws LinuxException {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        if ((path[0] != '/' && path[0] != '@') || path.length < 2 || path.length >= MAX_PATH_BYTES) {
            throw new LinuxException("use " + VARIABLE + " " + name, Errno.EINVAL);
        }
        if (path[0] == '@') {
            path[0] = 0;
        }
        byte[] address = new byte[FAMILY + path.length];
        ByteBuffer.wrap(address)
                .order(ByteOrder.nativeOrder())
                .putShort((short) AF_UNIX)
                .put(path);
        return address;
    }

    /**
     * Sends one message: lines of {@code NAME=VALUE}.
     *
     * @throws LinuxException if sendmsg(2) fails
     */
    public void send(String lines) throws LinuxException {
        send(lines, Optional.empty(), 0);
    }

    /**
     * Sends one message if that is possible without waiting.
     *
     * @throws LinuxException EAGAIN if the receiver has not read what was sent before; if sendmsg(2) fails
     */
    public void trySend(String lines) throws LinuxException {
        send(lines, Optional.empty(), MSG_DONTWAIT);
    }

    /**
     * Sends one message and a duplicate of the descriptor, as FDSTORE=1 and BARRIER=1 need it.
     *
     * @param descriptor stays the caller's
     * @throws LinuxException if sendmsg(2) fails
     */
    public void send(String lines, Descriptor descriptor) throws LinuxException {
        send(lines, Optional.of(descriptor), 0);
    }

    /**
     * Waits until the receiver has worked through everything that was sent so far.
     *
     * @return false if the time was over first
     * @throws LinuxException if the message cannot be sent
     */
    public boolean awaitProcessed(Duration patience) throws LinuxException {
        try (SocketPair pair = SocketPair.open();
                Wakeup poll = new Wakeup()) {
            send("BARRIER=1", pair.there());
            pair.there().close();
            // The receiver closes its duplicate when it has processed the messages before; then poll reports a hang-up
            // here.
            return poll.await(pair.here(), Math.toIntExact(patience.toMillis())) == Wakeup.WaitResult.READABLE;
        }
    }

    private void send(String lines, Optional<Descriptor> descriptor, int flags) throws LinuxException {
        byte[] text = lines.getBytes(StandardCharsets.UTF_8);
        // One block of memory, so that the data stays valid as long as the header that points to it.
        ByteBuffer message =
                ByteBuffer.allocateDirect(NAME + address.length + text.length).order(ByteOrder.nativeOrder());
        long start = NativeMemory.address(message);
        message.put(NAME, address, 0, address.length);
        message.put(NAME + address.length, text, 0, text.length);
        NativeMemory.putWord(message, 0, start + NAME);
        message.putInt(NAME_LENGTH, address.length);
        NativeMemory.putWord(message, VECTOR_ADDRESS, start + VECTOR);
        NativeMemory.putWord(message, VECTOR_LENGTH, 1);
        NativeMemory.putWord(message, VECTOR, start + NAME + address.length);
        NativeMemory.putWord(message, VECTOR + NativeMemory.WORD, text.length);
        if (descriptor.isPresent()) {
            NativeMemory.putWord(message, CONTROL_ADDRESS, start + CONTROL);
            NativeMemory.putWord(message, CONTROL_LENGTH, CONTROL_BYTES);
            NativeMemory.putWord(message, CONTROL, CMSGHDR + Integer.BYTES);
            message.putInt(CONTROL + NativeMemory.WORD, SOL_SOCKET);
            message.putInt(CONTROL + NativeMemory.WORD + Integer.BYTES, SCM_RIGHTS);
            message.putInt(CONTROL + CMSGHDR, descriptor.get().number());
        }
        while (LibCSockets.INSTANCE.sendmsg(socket.number(), message, MSG_NOSIGNAL | flags) < 0) {
            if (LinuxException.lastErrno() != Errno.EINTR) {
                throw LinuxException.last("sendmsg " + socket.name());
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }

    @Override
    public String toString() {
        return socket.name();
    }
}
