package org.ecryptfsj.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jnr.constants.platform.Errno;
import jnr.constants.platform.OpenFlags;

/**
 * A small text file, held with flock(2): Java's own file locks are of another kind, which programs that use flock do not see.
 */
public final class FlockedFile implements AutoCloseable {
    private static final int OWNER_ONLY = 0600;
    private static final int LOCK_EX = 2;

    private final Descriptor descriptor;
    private final Path opened;

    private FlockedFile(Descriptor descriptor) {
        this.descriptor = descriptor;
        opened = Path.of("/proc/self/fd/" + descriptor.number());
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
                | OpenFlags.O_NONBLOCK.intValue();
        return new FlockedFile(Descriptor.open(file.toString(), flags, OWNER_ONLY));
    }

    /**
     * Waits for the lock, which is held until the file is closed.
     *
     * @throws LinuxException if flock(2) fails
     */
    public void lock() throws LinuxException {
        while (Native.C.flock(descriptor.number(), LOCK_EX) != 0) {
            if (LinuxException.lastErrno() != Errno.EINTR) {
                throw LinuxException.last("flock " + descriptor.name());
            }
        }
    }

    /** Whether it is a regular file of that user's, with no other name. */
    public boolean isRegularFileOf(int uid) throws IOException {
        return Files.isRegularFile(opened)
                && Files.getAttribute(opened, "unix:uid").equals(uid)
                && Files.getAttribute(opened, "unix:nlink").equals(1);
    }

    /** Its beginning, at most that many bytes. */
    public String read(int most) throws IOException {
        try (var stream = Files.newInputStream(opened)) {
            return new String(stream.readNBytes(most), StandardCharsets.ISO_8859_1);
        }
    }

    /** Replaces its content. */
    public void write(String text) throws IOException {
        Files.writeString(opened, text, StandardCharsets.ISO_8859_1);
    }

    /** Gives up the lock. */
    @Override
    public void close() {
        descriptor.close();
    }
}
