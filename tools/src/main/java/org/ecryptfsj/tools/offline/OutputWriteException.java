package org.ecryptfsj.tools.offline;

import java.io.IOException;
import org.ecryptfsj.tree.TreeException;

/** The output cannot be written; the lower file is not the cause. */
final class OutputWriteException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean full;

    OutputWriteException(IOException cause) {
        super(cause.getMessage(), cause);
        full = cause instanceof TreeException failure && failure.reason() == TreeException.Reason.NO_SPACE;
    }

    /** Whether the file system is full. */
    boolean isFull() {
        return full;
    }
}
