package org.ecryptfsj.netlink;

import java.io.IOException;
import java.nio.file.Path;

/** A file that can be opened for reading and writing and gives back what was written: a device to the eye. */
final class NamedPipe {
    private NamedPipe() {}

    static Path in(Path directory) throws IOException, InterruptedException {
        Path path = directory.resolve("ecryptfs");
        int status = new ProcessBuilder("mkfifo", path.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("mkfifo " + path + " exited with " + status);
        }
        return path;
    }
}
