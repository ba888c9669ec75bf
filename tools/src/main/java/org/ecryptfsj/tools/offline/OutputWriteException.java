package org.ecryptfsj.tools.offline;

import java.io.IOException;
import org.ecryptfsj.tree.TreeException;

/** What was decrypted cannot be written: no fault of the file it comes from. */
final class OutputWriteException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean full;

    OutputWriteException(IOException cause) {
        super(cause.getMessage(), cause);
        full = cause instanceof TreeException failure && failure.reason() == TreeException.Reason.NO_SPACE;
    }

    /** Whether no space is left. */
    boolean isFull() {
        return full;
    }
}
