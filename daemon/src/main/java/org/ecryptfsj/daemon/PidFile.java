package org.ecryptfsj.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.tree.AtomicFileWriter;

/**
 * The file that names the running daemon. It is written once the channel is ours, so that a second daemon started by
 * mistake never touches it, and removed only while it still names this daemon.
 */
final class PidFile implements AutoCloseable {
    private final Path file;
    private final String pid;

    private PidFile(Path file, String pid) {
        this.file = file;
        this.pid = pid;
    }

    /**
     * Writes it: the process id in decimal, no newline (docs/spec/tools.md, section 1).
     *
     * @param pid the process that signals go to
     * @throws IOException if its directory is missing or not writable
     */
    static PidFile write(Path file, long pid) throws IOException {
        PidFile written = new PidFile(file, Long.toString(pid));
        AtomicFileWriter.replaceUnsynced(file, StandardCharsets.US_ASCII.encode(written.pid), "rw-r-----");
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
