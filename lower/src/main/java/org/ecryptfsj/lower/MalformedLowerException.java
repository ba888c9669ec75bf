package org.ecryptfsj.lower;

import java.io.IOException;

/**
 * A lower file or a lower name does not have eCryptfs' format, or is truncated. The message names the error and its byte.
 */
public final class MalformedLowerException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedLowerException(String message) {
        super(message);
    }
}
