package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.constants.platform.Errno;
import jnr.constants.platform.OpenFlags;

/**
 * A small text file, held with flock(2): Java's own file locks are of another kind, which programs that use flock do not see.
 * All is done through the open descriptor, so that it works on when the process has given up the right to open the file.
 */
public final class FlockedFile implements AutoCloseable {
    private static final int OWNER_ONLY = 0600;
    private static final int LOCK_EX = 2;

    private final Descriptor descriptor;

    private FlockedFile(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Opens a file, not following a symbolic link; makes it if it is not there (mode 0600).
     *
     * @throws LinuxException ELOOP for a symbolic link, EACCES for somebody else's file
     */
    public static FlockedFile open(Path file) throws LinuxException {
        int flags = OpenFlags.O_RDWR.intValue()
                | OpenFlags.O_CREAT.intValue()
                | OpenFlags.O_NOFOLLOW.intValue()
                | OpenFlags.O_NONBLOCK.intValue()
                | OpenFlags.O_NOCTTY.intValue();
        return new FlockedFile(Descriptor.open(file, flags, OWNER_ONLY));
    }

    /**
     * Waits for the lock, which is held until the file is closed.
     *
     * @throws LinuxException if flock(2) fails
     */
    public void lock() throws LinuxException {
        while (LibC.INSTANCE.flock(descriptor.number(), LOCK_EX) != 0) {
            if (LinuxException.lastErrno() != Errno.EINTR) {
                throw LinuxException.last("flock " + descriptor.name());
            }
        }
    }

    /**
     * Whether it is a regular file of that user's with no other name, which nobody else can open: who may read it may lock it,
     * and keep others waiting.
     *
     * @throws LinuxException if it cannot be looked at
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
     * @throws LinuxException if it cannot be looked at
     */
    public boolean isRemoved() throws LinuxException {
        return descriptor.status().links() == 0;
    }

    /**
     * Its beginning, at most that many bytes.
     *
     * @throws LinuxException if it cannot be read
     */
    public String read(int most) throws LinuxException {
        ByteBuffer into = ByteBuffer.allocateDirect(most);
        long n = LibCFiles.INSTANCE.pread64(descriptor.number(), into, most, 0);
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

    /** Gives up the lock. */
    @Override
    public void close() {
        descriptor.close();
    }
}
