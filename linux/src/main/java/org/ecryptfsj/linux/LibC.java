package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.mode_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The C library, as this package uses it. It is not visible outside {@code org.ecryptfsj.linux}. */
final class LibC {
    static final Functions INSTANCE = LibraryLoader.create(Functions.class).load("c");

    static final jnr.ffi.Runtime RUNTIME = jnr.ffi.Runtime.getRuntime(INSTANCE);

    /** The bytes of a C long and of a pointer. */
    static final int WORD = RUNTIME.addressSize();

    private LibC() {}

    /** The C long at an offset of a structure, its sign kept. */
    static long word(ByteBuffer structure, int offset) {
        return WORD == Long.BYTES ? structure.getLong(offset) : structure.getInt(offset);
    }

    /** The functions. Public, because jnr-ffi implements it from another class loader; its outer class is not. */
    public interface Functions {
        int open(@In byte[] path, int flags, @mode_t int mode);

        int close(int fd);

        @ssize_t
        long read(int fd, @Out ByteBuffer buffer, @size_t long count);

        @ssize_t
        long write(int fd, @In ByteBuffer buffer, @size_t long count);

        int poll(ByteBuffer pollfds, long count, int timeoutMillis);

        int eventfd(int initial, int flags);

        int socket(int domain, int type, int protocol);

        int socketpair(int domain, int type, int protocol, ByteBuffer fds);

        int pipe2(ByteBuffer fds, int flags);

        int bind(int fd, @In ByteBuffer address, int length);

        int getsockname(int fd, ByteBuffer address, ByteBuffer length);

        int getsockopt(int fd, int level, int option, ByteBuffer value, ByteBuffer length);

        int setsockopt(int fd, int level, int option, @In ByteBuffer value, int length);

        @ssize_t
        long sendto(
                int fd, @In ByteBuffer data, @size_t long length, int flags, @In ByteBuffer address, int addressLength);

        @ssize_t
        long recvfrom(
                int fd,
                @Out ByteBuffer data,
                @size_t long length,
                int flags,
                ByteBuffer address,
                ByteBuffer addressLength);

        @ssize_t
        long sendmsg(int fd, Pointer message, int flags);

        @ssize_t
        long recvmsg(int fd, Pointer message, int flags);

        int memfd_create(CharSequence name, int flags);

        int ftruncate(int fd, long length);

        int fcntl(int fd, int command, int argument);

        int fstatfs(int fd, @Out ByteBuffer status);

        int mlock(Pointer address, @size_t long length);

        int madvise(Pointer address, @size_t long length, int advice);

        int kill(int pid, int signal);

        int isatty(int fd);

        int tcgetattr(int fd, @Out ByteBuffer attributes);

        int tcsetattr(int fd, int when, @In ByteBuffer attributes);

        int prctl(int option, long a, long b, long c, long d);

        int setrlimit(int resource, @In ByteBuffer limits);

        int umask(int mask);

        int chdir(@In byte[] path);

        int statfs(CharSequence path, @Out ByteBuffer status);

        int mount(@In byte[] source, @In byte[] target, CharSequence type, long flags, @In byte[] options);

        int umount2(@In byte[] target, int flags);

        int flock(int fd, int operation);

        int initgroups(CharSequence user, int group);

        int setresgid(int real, int effective, int saved);

        int setresuid(int real, int effective, int saved);

        int seteuid(int uid);

        int setfsuid(int uid);

        int malloc_trim(@size_t long pad);

        int clock_gettime(int clock, @Out ByteBuffer time);

        int getuid();

        int geteuid();

        Pointer getpwuid(int uid);

        Pointer getpwnam(CharSequence name);

        long syscall(long number, long a, long b, CharSequence c, CharSequence d, long e);

        long syscall(long number, long a, long b, long c, long d, long e);

        long syscall(long number, CharSequence a, CharSequence b, @In ByteBuffer c, long d, long e);

        long syscall(long number, long a, long b, @Out ByteBuffer c, long d, long e);

        void openlog(Pointer ident, int option, int facility);

        void syslog(int priority, CharSequence format, CharSequence argument);
    }
}
