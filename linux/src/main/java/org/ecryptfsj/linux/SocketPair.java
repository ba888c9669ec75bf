package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Two unix sockets connected to each other that keep message boundaries (SOCK_SEQPACKET): as with /dev/ecryptfs, one
 * write(2) at one end is one read(2) at the other.
 *
 * @param here one end
 * @param there the other
 */
public record SocketPair(Descriptor here, Descriptor there) implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET_CLOEXEC = 5 | 02000000;

    /**
     * Creates a pair, close-on-exec.
     *
     * @throws LinuxException if socketpair(2) fails
     */
    public static SocketPair open() throws LinuxException {
        ByteBuffer fds = ByteBuffer.allocateDirect(2 * Integer.BYTES).order(ByteOrder.nativeOrder());
        if (LibCSockets.INSTANCE.socketpair(AF_UNIX, SOCK_SEQPACKET_CLOEXEC, 0, fds) != 0) {
            throw LinuxException.last("socketpair");
        }
        return new SocketPair(
                new Descriptor(fds.getInt(0), "socket"), new Descriptor(fds.getInt(Integer.BYTES), "socket"));
    }

    @Override
    public void close() {
        here.close();
        there.close();
    }
}
