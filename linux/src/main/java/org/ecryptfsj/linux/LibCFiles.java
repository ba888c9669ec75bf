package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.int64_t;
import jnr.ffi.types.mode_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * The C library's calls on files and directories by descriptor. Separate from {@link LibC}, because each function costs time
 * when a library is loaded, and the daemon seldom needs these.
 */
final class LibCFiles {
    static final Functions INSTANCE = LibraryLoader.create(Functions.class).load("c");

    /** The number of openat2(2), which no libc wraps; the same on all architectures, as for all calls newer than 2019. */
    static final long NR_OPENAT2 = 437;

    private static final ThreadLocal<ByteBuffer> STATX =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(256).order(ByteOrder.nativeOrder()));

    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_NO_AUTOMOUNT = 0x800;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final byte[] EMPTY_PATH = {0};

    private LibCFiles() {}

    /** The status of an open file; null if statx(2) fails, errno is set then. */
    static FileStatus status(int fd) {
        return statx(fd, EMPTY_PATH, AT_EMPTY_PATH);
    }

    /** The status of an entry, of a symbolic link itself; null if statx(2) fails, errno is set then. */
    static FileStatus status(int directory, byte[] name) {
        return statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
    }

    private static FileStatus statx(int fd, byte[] path, int flags) {
        ByteBuffer status = STATX.get();
        return INSTANCE.statx(fd, path, flags, STATX_BASIC_STATS, status) == 0 ? FileStatus.of(status) : null;
    }

    /** The functions. Public, because jnr-ffi implements it from another class loader; its outer class is not. */
    public interface Functions {
        int openat(int directory, @In byte[] path, int flags, @mode_t int mode);

        int statx(int directory, @In byte[] path, int flags, int mask, @Out ByteBuffer status);

        int mkdirat(int directory, @In byte[] path, @mode_t int mode);

        int unlinkat(int directory, @In byte[] path, int flags);

        int renameat(int fromDirectory, @In byte[] fromPath, int toDirectory, @In byte[] toPath);

        int symlinkat(@In byte[] target, int directory, @In byte[] path);

        @ssize_t
        long readlinkat(int directory, @In byte[] path, @Out byte[] target, @size_t long size);

        int fsync(int fd);

        int syncfs(int fd);

        int fchmod(int fd, @mode_t int mode);

        int fchown(int fd, int uid, int gid);

        int fchownat(int directory, @In byte[] path, int uid, int gid, int flags);

        int futimens(int fd, @In ByteBuffer times);

        @ssize_t
        long fgetxattr(int fd, @In byte[] name, @Out ByteBuffer value, @size_t long size);

        int fsetxattr(int fd, @In byte[] name, @In ByteBuffer value, @size_t long size, int flags);

        @ssize_t
        long getdents64(int fd, @Out ByteBuffer entries, @size_t long size);

        @int64_t
        long lseek64(int fd, @int64_t long offset, int from);

        @ssize_t
        long pread64(int fd, @Out ByteBuffer into, @size_t long size, @int64_t long position);

        @ssize_t
        long pwrite64(int fd, @In ByteBuffer from, @size_t long size, @int64_t long position);

        int ftruncate64(int fd, @int64_t long size);

        long syscall(long number, long directory, @In byte[] path, @In ByteBuffer how, long size);
    }
}
