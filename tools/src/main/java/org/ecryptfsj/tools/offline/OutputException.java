package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What was decrypted cannot be written: no fault of the file it comes from. */
final class OutputException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final long ALMOST_NOTHING = 1 << 16;

    private final boolean full;

    OutputException(IOException cause) {
        this(cause, false);
    }

    private OutputException(IOException cause, boolean full) {
        super(cause.getMessage(), cause);
        this.full = full;
    }

    /** Looks at once whether the disk is full: it is no longer when the unfinished file has gone. */
    static OutputException in(Path directory, IOException cause) {
        try {
            return new OutputException(cause, Files.getFileStore(directory).getUsableSpace() < ALMOST_NOTHING);
        } catch (IOException unknown) {
            cause.addSuppressed(unknown);
            return new OutputException(cause);
        }
    }

    /** Whether no space is left. */
    boolean isFull() {
        return full || String.valueOf(getMessage()).contains("quota exceeded");
    }
}
