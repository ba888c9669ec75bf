package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.ecryptfsj.binding.CFunctions;
import org.ecryptfsj.binding.LongLong;

/**
 * The C library's functions for files and directories by descriptor. See {@link LibC}.
 */
final class LibCFiles {
    static final Functions INSTANCE = new LibCFilesFunctionsBinding(LibC.LIBRARY);

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

    /** The functions. */
    @CFunctions
    interface Functions {
        int openat(int directory, byte[] path, int flags, int mode);

        int statx(int directory, byte[] path, int flags, int mask, ByteBuffer status);

        int mkdirat(int directory, byte[] path, int mode);

        int unlinkat(int directory, byte[] path, int flags);

        int renameat(int fromDirectory, byte[] fromPath, int toDirectory, byte[] toPath);

        int symlinkat(byte[] target, int directory, byte[] path);

        long readlinkat(int directory, byte[] path, byte[] target, long size);

        int fsync(int fd);

        int syncfs(int fd);

        int fchmod(int fd, int mode);

        int fchown(int fd, int uid, int gid);

        int fchownat(int directory, byte[] path, int uid, int gid, int flags);

        int futimens(int fd, ByteBuffer times);

        long fgetxattr(int fd, byte[] name, ByteBuffer value, long size);

        int fsetxattr(int fd, byte[] name, ByteBuffer value, long size, int flags);

        long getdents64(int fd, byte[] entries, long size);

        @LongLong
        long lseek64(int fd, @LongLong long offset, int from);

        long pread64(int fd, ByteBuffer into, long size, @LongLong long position);

        long pwrite64(int fd, ByteBuffer from, long size, @LongLong long position);

        int ftruncate64(int fd, @LongLong long size);

        long syscall(long number, long directory, byte[] path, ByteBuffer how, long size);
    }
}
