package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import org.ecryptfsj.binding.CFunctions;

/**
 * The C library's functions for descriptors that are no files with a name: pipes, events, shared memory, and waiting for them; and
 * for locks and flags of any descriptor. See {@link LibC}.
 */
final class LibCDescriptors {
    static final Functions INSTANCE = new LibCDescriptorsFunctionsBinding(LibC.LIBRARY);

    private LibCDescriptors() {}

    /** The functions. */
    @CFunctions
    interface Functions {
        int poll(ByteBuffer pollfds, long count, int timeoutMillis);

        int eventfd(int initial, int flags);

        int pipe2(ByteBuffer fds, int flags);

        int memfd_create(byte[] name, int flags);

        int ftruncate(int fd, long length);

        int fcntl(int fd, int command, int argument);

        int flock(int fd, int operation);
    }
}
