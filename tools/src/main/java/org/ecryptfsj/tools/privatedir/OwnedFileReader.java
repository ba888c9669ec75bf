package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.ToolFailure;

/** Reads a user's small configuration file of a private directory. */
final class OwnedFileReader {
    private static final int MAX_BYTES = 4096;

    private OwnedFileReader() {}

    /**
     * Reads a regular file that belongs to the user and is not a symbolic link. The checks and the reading use one
     * descriptor.
     *
     * @throws NoSuchFileException if the file does not exist
     * @throws ToolFailure if it is another kind of file, belongs to another user or is too large
     */
    static String read(Path file, int owner) throws IOException, ToolFailure {
        try (Descriptor opened = Descriptor.openToRead(file, false)) {
            FileStatus status = opened.status();
            if (!status.isRegular() || status.uid() != owner) {
                throw notOwnedByUser(file);
            }
            ByteBuffer bytes = ByteBuffer.allocateDirect(MAX_BYTES + 1);
            opened.fill(bytes);
            if (!bytes.hasRemaining()) {
                throw new ToolFailure(1, file + " has more than " + MAX_BYTES + " bytes", "write a shorter file");
            }
            return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new NoSuchFileException(file.toString());
            }
            if (e.errno() == Errno.ELOOP || e.errno() == Errno.ENXIO) {
                throw notOwnedByUser(file);
            }
            throw e;
        }
    }

    private static ToolFailure notOwnedByUser(Path file) {
        return new ToolFailure(
                1, file + " is not a regular file that belongs to the user", "replace it; see ls -l " + file);
    }
}
