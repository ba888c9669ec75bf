package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import jnr.constants.platform.Errno;

/**
 * An open file descriptor. Its creator closes it.
 *
 * <p>Reads and writes take direct buffers only, so that their content is never copied to the heap.
 */
public final class Descriptor implements AutoCloseable {
    private final int number;
    private final String name;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Descriptor(int number, String name) {
        this.number = number;
        this.name = name;
    }

    /**
     * Opens an existing file for reading and writing, close-on-exec.
     *
     * @throws LinuxException if open(2) fails
     */
    public static Descriptor openReadWrite(String path) throws LinuxException {
        return open(Path.of(path), FileFlags.READ_WRITE, 0);
    }

    /**
     * Opens a device for reading and writing, close-on-exec. Its reads and writes return at once, with EAGAIN if the device is not
     * ready.
     *
     * @throws LinuxException if open(2) fails
     */
    public static Descriptor openNonBlocking(Path device) throws LinuxException {
        return open(device, FileFlags.READ_WRITE | FileFlags.NONBLOCK, 0);
    }

    /**
     * Takes over a descriptor that this process already has, such as one inherited at start.
     *
     * @param number the descriptor; closing the result closes it
     * @param name its name in error messages
     */
    public static Descriptor adopt(int number, String name) {
        return new Descriptor(number, name);
    }

    /**
     * Opens a file for reading without waiting for it: a pipe without a writer, or a device, is opened immediately, to be checked
     * with {@link #status} and refused.
     *
     * @param followLinks whether the last part of the path may be a symbolic link
     * @throws LinuxException if open(2) fails: ELOOP for a link that is not followed
     */
    public static Descriptor openToRead(Path file, boolean followLinks) throws LinuxException {
        int flags = FileFlags.READ | FileFlags.NONBLOCK | FileFlags.NO_TERMINAL;
        return open(file, followLinks ? flags : flags | FileFlags.NOFOLLOW, 0);
    }

    /** By the path's bytes, which need not be text. */
    static Descriptor open(Path path, int flags, int mode) throws LinuxException {
        byte[] bytes = ByteText.bytes(path);
        int fd = LibC.INSTANCE.open(ByteText.terminated(bytes), flags | FileFlags.CLOEXEC, mode);
        if (fd < 0) {
            throw LinuxException.last("open " + path);
        }
        return new Descriptor(fd, path.toString());
    }

    /** Its number in this process. */
    public int number() {
        return number;
    }

    /** Its name in error messages: a path, or a kind such as {@code eventfd}. */
    public String name() {
        return name;
    }

    /**
     * One read(2) into the buffer's remaining space; advances its position by what was read.
     *
     * @param into a direct buffer
     * @return the bytes read; 0 at the end of a file, and for /dev/ecryptfs also after a signal
     * @throws LinuxException if read(2) fails; EINTR is retried; EBADF after close
     */
    public int read(ByteBuffer into) throws LinuxException {
        requireDirect(into);
        requireOpen("read");
        while (true) {
            long n = LibC.INSTANCE.read(number, into, into.remaining());
            if (n >= 0) {
                into.position(into.position() + (int) n);
                return (int) n;
            }
            if (LinuxException.lastErrno() != Errno.EINTR) {
                throw LinuxException.last("read " + name);
            }
        }
    }

    /**
     * Reads until the buffer is full or the file ends.
     *
     * @param into a direct buffer
     * @throws LinuxException as {@link #read}
     */
    public void fill(ByteBuffer into) throws LinuxException {
        while (into.hasRemaining() && read(into) > 0) {}
    }

    /**
     * The rest of the file, which is no secret: it comes onto the heap.
     *
     * @param most bytes; a longer file is cut
     * @throws LinuxException as {@link #read}
     */
    public byte[] bytes(int most) throws LinuxException {
        ByteBuffer into = ByteBuffer.allocateDirect(most);
        fill(into);
        byte[] bytes = new byte[into.flip().remaining()];
        into.get(bytes);
        return bytes;
    }

    /**
     * One write(2) of the buffer's remaining bytes; advances its position by what was written.
     *
     * @param from a direct buffer
     * @return the bytes written
     * @throws LinuxException if write(2) fails; EINTR is retried; EBADF after close
     */
    public int write(ByteBuffer from) throws LinuxException {
        requireDirect(from);
        requireOpen("write");
        while (true) {
            long n = LibC.INSTANCE.write(number, from, from.remaining());
            if (n >= 0) {
                from.position(from.position() + (int) n);
                return (int) n;
            }
            if (LinuxException.lastErrno() != Errno.EINTR) {
                throw LinuxException.last("write " + name);
            }
        }
    }

    /**
     * Type, owner, mode and so on of the open file, even if its name was changed. If the file has an access control list, the
     * mode's group bits are the list's mask.
     *
     * @throws LinuxException if statx(2) fails
     */
    public FileStatus status() throws LinuxException {
        FileStatus status = LibCFiles.status(number);
        if (status == null) {
            throw LinuxException.last("stat " + name);
        }
        return status;
    }

    /**
     * Returns when the disk has the file's content, or a directory's entries.
     *
     * @throws LinuxException if fsync(2) fails: EINVAL if the file system cannot do this
     */
    public void sync() throws LinuxException {
        requireOpen("fsync");
        if (LibCFiles.INSTANCE.fsync(number) != 0) {
            throw LinuxException.last("fsync " + name);
        }
    }

    /**
     * Returns when the disk has everything that was written to this file's file system.
     *
     * @throws LinuxException if syncfs(2) fails: EIO, ENOSPC or EDQUOT for an earlier write, on Linux 5.8 and later
     */
    public void syncFileSystem() throws LinuxException {
        requireOpen("syncfs");
        if (LibCFiles.INSTANCE.syncfs(number) != 0) {
            throw LinuxException.last("syncfs " + name);
        }
    }

    /** Closes the descriptor; a second call does nothing. An error of close(2) is ignored: there is nothing left to do. */
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            LibC.INSTANCE.close(number);
        }
    }

    @Override
    public String toString() {
        return name + " (fd " + number + ")";
    }

    /** After close, the number may belong to another file. */
    private void requireOpen(String call) throws LinuxException {
        if (!open.get()) {
            throw new LinuxException(call + " " + name, Errno.EBADF);
        }
    }

    static void requireDirect(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("a direct buffer is needed, so that nothing is copied to the heap");
        }
    }
}
