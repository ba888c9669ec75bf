package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import org.ecryptfsj.binding.CFunctions;

/** The C library's functions for sockets. See {@link LibC}. */
final class LibCSockets {
    static final Functions INSTANCE = new LibCSocketsFunctionsBinding(LibC.LIBRARY);

    private LibCSockets() {}

    /** The functions. */
    @CFunctions
    interface Functions {
        int socket(int domain, int type, int protocol);

        int socketpair(int domain, int type, int protocol, ByteBuffer fds);

        int bind(int fd, ByteBuffer address, int length);

        int getsockname(int fd, ByteBuffer address, ByteBuffer length);

        int getsockopt(int fd, int level, int option, ByteBuffer value, ByteBuffer length);

        int setsockopt(int fd, int level, int option, ByteBuffer value, int length);

        long sendto(int fd, ByteBuffer data, long length, int flags, ByteBuffer address, int addressLength);

        long recvfrom(int fd, ByteBuffer data, long length, int flags, ByteBuffer address, ByteBuffer addressLength);

        long sendmsg(int fd, ByteBuffer message, int flags);

        long recvmsg(int fd, ByteBuffer message, int flags);

        int connect(int fd, ByteBuffer address, int length);
    }
}
