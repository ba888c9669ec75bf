package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.OptionalLong;
import jnr.constants.platform.Errno;

/**
 * An open file: it is used through its descriptor, never by a path, so that it stays the same file even if its name is changed
 * or removed. Buffers are direct. The creator closes it.
 */
public final class OpenFile implements AutoCloseable {
    private static final int TIMESPEC_BYTES = 16;
    private static final int UTIME_OMIT = (1 << 30) - 2;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final boolean WIDE = NativeMemory.WORD == Long.BYTES;

    private static final ThreadLocal<ByteBuffer> TIMES = ThreadLocal.withInitial(
            () -> ByteBuffer.allocateDirect(2 * TIMESPEC_BYTES).order(ByteOrder.nativeOrder()));

    private final Descriptor descriptor;

    OpenFile(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Its descriptor, closed by this object. */
    public Descriptor descriptor() {
        return descriptor;
    }

    /**
     * Its type, owner, mode and so on now.
     *
     * @throws LinuxException if statx(2) fails
     */
    public FileStatus status() throws LinuxException {
        return descriptor.status();
    }

    /**
     * One read at a position into the buffer's remaining space; advances the buffer.
     *
     * @param into a direct buffer
     * @return the bytes read; 0 at the end of the file
     * @throws LinuxException if pread(2) fails; EINTR is retried
     */
    public int read(long position, ByteBuffer into) throws LinuxException {
        Descriptor.requireDirect(into);
        while (true) {
            long n = LibCFiles.INSTANCE.pread64(descriptor.number(), into, into.remaining(), position);
            if (n >= 0) {
                into.position(into.position() + (int) n);
                return (int) n;
            }
            retryAfterSignal("read");
        }
    }

    /**
     * Writes all of the buffer's remaining bytes at a position; advances the buffer.
     *
     * @param from a direct buffer
     * @throws LinuxException if pwrite(2) fails; EINTR is retried
     */
    public void write(long position, ByteBuffer from) throws LinuxException {
        Descriptor.requireDirect(from);
        long at = position;
        while (from.hasRemaining()) {
            long n = LibCFiles.INSTANCE.pwrite64(descriptor.number(), from, from.remaining(), at);
            if (n >= 0) {
                from.position(from.position() + (int) n);
                at += n;
            } else {
                retryAfterSignal("write");
            }
        }
    }

    private void retryAfterSignal(String call) throws LinuxException {
        if (LinuxException.lastErrno() != Errno.EINTR) {
            throw LinuxException.last(call + " " + descriptor.name());
        }
    }

    /**
     * Truncates it, or extends it with a hole.
     *
     * @throws LinuxException if ftruncate(2) fails
     */
    public void setSize(long size) throws LinuxException {
        require(LibCFiles.INSTANCE.ftruncate64(descriptor.number(), size), "set the size of");
    }

    /**
     * Sets the permission bits.
     *
     * @throws LinuxException EPERM for another user's file, and on file systems without modes
     */
    public void setMode(int mode) throws LinuxException {
        require(LibCFiles.INSTANCE.fchmod(descriptor.number(), mode), "set the mode of");
    }

    /**
     * Sets owner and group. The kernel clears setuid and setgid bits then.
     *
     * @throws LinuxException EPERM without the right to, and on file systems without owners; EINVAL for a number that this
     *     user namespace does not have
     */
    public void setOwner(int uid, int gid) throws LinuxException {
        require(LibCFiles.INSTANCE.fchown(descriptor.number(), uid, gid), "set the owner of");
    }

    /**
     * Sets the time of the last change of its contents.
     *
     * @throws LinuxException if futimens(3) fails
     */
    public void setModified(FileTimestamp time) throws LinuxException {
        ByteBuffer times = TIMES.get().clear();
        if (WIDE) {
            times.putLong(0).putLong(UTIME_OMIT).putLong(time.seconds()).putLong(time.nanos());
        } else {
            times.putInt(0).putInt(UTIME_OMIT).putInt((int) time.seconds()).putInt(time.nanos());
        }
        require(LibCFiles.INSTANCE.futimens(descriptor.number(), times.flip()), "set the time of");
    }

    /**
     * Reads an extended attribute; advances the buffer.
     *
     * @param name with its namespace, such as {@code user.ecryptfs}
     * @param into a direct buffer
     * @return its size; empty if there is no such attribute, or the file system has none
     * @throws LinuxException ERANGE if it is larger than the buffer, or another error of fgetxattr(2)
     */
    public OptionalInt attribute(String name, ByteBuffer into) throws LinuxException {
        Descriptor.requireDirect(into);
        byte[] terminated = (name + "\0").getBytes(StandardCharsets.US_ASCII);
        long n = LibCFiles.INSTANCE.fgetxattr(descriptor.number(), terminated, into, into.remaining());
        if (n >= 0) {
            into.position(into.position() + (int) n);
            return OptionalInt.of((int) n);
        }
        Errno errno = LinuxException.lastErrno();
        if (errno == Errno.ENODATA || errno == Errno.EOPNOTSUPP || errno == Errno.ENOSYS) {
            return OptionalInt.empty();
        }
        throw LinuxException.last("read attribute " + name + " of " + descriptor.name());
    }

    /**
     * Sets an extended attribute in one step; an existing one is replaced.
     *
     * @param name with its namespace, such as {@code user.ecryptfs}
     * @param value a direct buffer, of which the remaining bytes are used
     * @throws LinuxException if fsetxattr(2) fails: EOPNOTSUPP if the file system has none
     */
    public void setAttribute(String name, ByteBuffer value) throws LinuxException {
        Descriptor.requireDirect(value);
        byte[] terminated = (name + "\0").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer remaining = value.slice();
        require(
                LibCFiles.INSTANCE.fsetxattr(descriptor.number(), terminated, remaining, remaining.remaining(), 0),
                "set attribute " + name + " of");
    }

    /**
     * The position of the first hole at or after a position. A file system that does not report holes has none.
     *
     * @return the file's size if there is no hole
     * @throws LinuxException ENXIO if the position is at or after the end
     */
    public long nextHole(long position) throws LinuxException {
        long hole = LibCFiles.INSTANCE.lseek64(descriptor.number(), position, SEEK_HOLE);
        if (hole >= 0) {
            return hole;
        }
        if (LinuxException.lastErrno() == Errno.EINVAL) {
            return status().size();
        }
        throw LinuxException.last("find a hole in " + descriptor.name());
    }

    /**
     * The position of the first byte of data, not in a hole, at or after a position.
     *
     * @return empty if there is none
     * @throws LinuxException if lseek(2) fails
     */
    public OptionalLong nextData(long position) throws LinuxException {
        long found = LibCFiles.INSTANCE.lseek64(descriptor.number(), position, SEEK_DATA);
        if (found >= 0) {
            return OptionalLong.of(found);
        }
        Errno errno = LinuxException.lastErrno();
        if (errno == Errno.ENXIO) {
            return OptionalLong.empty();
        }
        if (errno == Errno.EINVAL) {
            return position < status().size() ? OptionalLong.of(position) : OptionalLong.empty();
        }
        throw LinuxException.last("find data in " + descriptor.name());
    }

    /**
     * Locks it against other open file descriptions with flock(2), as long as it is open. Does not wait.
     *
     * @return false if another process has locked it
     * @throws LinuxException if flock(2) fails
     */
    public boolean tryLock() throws LinuxException {
        if (LibCDescriptors.INSTANCE.flock(descriptor.number(), 2 | 4) == 0) {
            return true;
        }
        if (LinuxException.lastErrno() == Errno.EAGAIN) {
            return false;
        }
        throw LinuxException.last("lock " + descriptor.name());
    }

    private void require(int rc, String call) throws LinuxException {
        if (rc != 0) {
            throw LinuxException.last(call + " " + descriptor.name());
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
