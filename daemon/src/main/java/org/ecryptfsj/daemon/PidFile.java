package org.ecryptfsj.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The file that names the running daemon. It is written once the channel is ours, so that a second daemon started by
 * mistake never touches it, and removed only while it still names this process.
 */
final class PidFile implements AutoCloseable {
    private final Path file;
    private final String pid = Long.toString(ProcessHandle.current().pid());

    private PidFile(Path file) {
        this.file = file;
    }

    /**
     * Writes it: the process id in decimal, no newline (spec tools.md, ecryptfsd).
     *
     * @throws IOException if its directory is missing or not writable
     */
    static PidFile write(Path file) throws IOException {
        PidFile written = new PidFile(file);
        Path fresh = file.resolveSibling(file.getFileName() + "." + written.pid);
        try {
            Files.writeString(fresh, written.pid);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
        return written;
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(file) && Files.readString(file).equals(pid)) {
            Files.delete(file);
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
