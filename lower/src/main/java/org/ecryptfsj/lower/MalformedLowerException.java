package org.ecryptfsj.lower;

import java.io.IOException;

/**
 * Bytes of a lower file, or characters of a lower name, are not of eCryptfs' format, or too few. The message says what is
 * wrong with them, and at which byte.
 */
public final class MalformedLowerException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedLowerException(String message) {
        super(message);
    }
}
