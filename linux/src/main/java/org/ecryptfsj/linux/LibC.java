package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import org.ecryptfsj.binding.CFunctions;

/**
 * The functions of the C library that nearly every command calls; the others are in classes of their own, by what they are for. A Java
 * {@code long} is a C {@code long}, which {@code size_t} and {@code ssize_t} are as large as, and {@code mode_t} is an {@code int}. Not
 * visible outside {@code org.ecryptfsj.linux}.
 */
final class LibC {
    static final NativeLibrary LIBRARY = NativeLibrary.ofThisProcess();

    static final Functions INSTANCE = new LibCFunctionsBinding(LIBRARY);

    private LibC() {}

    /** The functions. */
    @CFunctions
    interface Functions {
        int open(byte[] path, int flags, int mode);

        int close(int fd);

        long read(int fd, ByteBuffer buffer, long count);

        long write(int fd, ByteBuffer buffer, long count);

        int mlock(ByteBuffer address, long length);

        int madvise(ByteBuffer address, long length, int advice);

        int isatty(int fd);

        int tcgetattr(int fd, ByteBuffer attributes);

        int tcsetattr(int fd, int when, ByteBuffer attributes);

        int prctl(int option, long a, long b, long c, long d);

        int setrlimit(int resource, ByteBuffer limits);

        int getuid();

        int geteuid();

        long getpwuid(int uid);
    }
}
