package org.ecryptfsj.tools.offline;

import java.io.IOException;

/** What was decrypted cannot be written: no fault of the file it comes from. */
final class OutputException extends IOException {
    private static final long serialVersionUID = 1L;

    OutputException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
