package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import jnr.constants.platform.Errno;

/**
 * Connections to Unix stream sockets, for short commands: for the first of its own, the JDK looks for a selector provider in all
 * jars and loads its providers of random numbers, which takes longer than the connection.
 */
public final class UnixStreamSocket {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 02000000;

    /** struct sockaddr_un (unix(7)): the family, then 108 bytes for the path with its terminating zero. */
    private static final int PATH_BYTES = 108;

    private UnixStreamSocket() {}

    /**
     * Connects to a listening socket.
     *
     * @return closed by the caller
     * @throws LinuxException ENAMETOOLONG if the path does not fit into an address; if connect(2) fails: ENOENT, ECONNREFUSED, EACCES
     */
    public static Descriptor connect(Path socket) throws LinuxException {
        byte[] path = ByteText.bytes(socket);
        if (path.length >= PATH_BYTES) {
            throw new LinuxException("connect " + socket, Errno.ENAMETOOLONG);
        }
        ByteBuffer address = ByteBuffer.allocateDirect(Short.BYTES + PATH_BYTES).order(ByteOrder.nativeOrder());
        address.putShort((short) AF_UNIX).put(path).rewind();
        int fd = LibCSockets.INSTANCE.socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
        if (fd < 0) {
            throw LinuxException.last("socket for " + socket);
        }
        if (LibCSockets.INSTANCE.connect(fd, address, address.capacity()) != 0) {
            LinuxException e = LinuxException.last("connect " + socket);
            LibC.INSTANCE.close(fd);
            throw e;
        }
        return new Descriptor(fd, socket.toString());
    }
}
