package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.constants.platform.Errno;

/**
 * A small text file, held with flock(2): Java's own file locks are of another kind, which programs that use flock do not see.
 * The file is used through its descriptor only, so that this works after the process has given up the right to open it.
 */
public final class FlockedFile implements AutoCloseable {
    private static final int OWNER_ONLY = 0600;
    private static final int LOCK_EX = 2;

    private final Descriptor descriptor;

    private FlockedFile(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Opens a file, not following a symbolic link; creates it with mode 0600 if it does not exist.
     *
     * @throws LinuxException ELOOP for a symbolic link, EACCES for another user's file
     */
    public static FlockedFile open(Path file) throws LinuxException {
        int flags = FileFlags.READ_WRITE
                | FileFlags.CREATE
                | FileFlags.NOFOLLOW
                | FileFlags.NONBLOCK
                | FileFlags.NO_TERMINAL;
        return new FlockedFile(Descriptor.open(file, flags, OWNER_ONLY));
    }

    /**
     * Waits for the lock, which is held until the file is closed.
     *
     * @throws LinuxException if flock(2) fails
     */
    public void lock() throws LinuxException {
        while (LibCDescriptors.INSTANCE.flock(descriptor.number(), LOCK_EX) != 0) {
            if (LinuxException.lastErrno() != Errno.EINTR) {
                throw LinuxException.last("flock " + descriptor.name());
            }
        }
    }

    /**
     * Whether it is a regular file of that user with a single name that other users cannot open: a user who can open it could
     * lock it and block others.
     *
     * @throws LinuxException if fstat fails
     */
    public boolean isPrivateFileOf(int uid) throws LinuxException {
        FileStatus status = descriptor.status();
        return status.isRegular()
                && status.uid() == uid
                && status.links() == 1
                && (status.mode() & FileStatus.OTHERS) == 0;
    }

    /**
     * Whether it has been removed since it was opened.
     *
     * @throws LinuxException if fstat fails
     */
    public boolean isRemoved() throws LinuxException {
        return descriptor.status().links() == 0;
    }

    /**
     * Reads its beginning, at maxBytes that many bytes.
     *
     * @throws LinuxException if it cannot be read
     */
    public String read(int maxBytes) throws LinuxException {
        ByteBuffer into = ByteBuffer.allocateDirect(maxBytes);
        long n = LibCFiles.INSTANCE.pread64(descriptor.number(), into, maxBytes, 0);
        if (n < 0) {
            throw LinuxException.last("read " + descriptor.name());
        }
        return StandardCharsets.ISO_8859_1.decode(into.limit((int) n)).toString();
    }

    /**
     * Replaces its content.
     *
     * @throws LinuxException if it cannot be written
     */
    public void write(String text) throws LinuxException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer from = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        if (LibCFiles.INSTANCE.pwrite64(descriptor.number(), from, bytes.length, 0) != bytes.length
                || LibCFiles.INSTANCE.ftruncate64(descriptor.number(), bytes.length) != 0) {
            throw LinuxException.last("write " + descriptor.name());
        }
    }

    /** Releases the lock. */
    @Override
    public void close() {
        descriptor.close();
    }
}
