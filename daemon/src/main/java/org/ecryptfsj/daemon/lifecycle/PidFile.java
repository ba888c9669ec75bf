package org.ecryptfsj.daemon.lifecycle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.tree.AtomicFileWriter;

/**
 * The file with the process id of the running daemon. It is written after the channel is opened, so that a second daemon, started
 * by mistake, never changes it. It is removed only while it still names this daemon.
 */
public final class PidFile implements AutoCloseable {
    private final Path file;
    private final String pid;

    private PidFile(Path file, String pid) {
        this.file = file;
        this.pid = pid;
    }

    /**
     * Writes the process id in decimal, without a newline (docs/spec/tools.md, section 1).
     *
     * @param pid process to send signals to
     * @throws IOException if the directory is missing or not writable
     */
    public static PidFile write(Path file, long pid) throws IOException {
        PidFile written = new PidFile(file, Long.toString(pid));
        new AtomicFileWriter().replaceUnsynced(file, StandardCharsets.US_ASCII.encode(written.pid), "rw-r-----");
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
