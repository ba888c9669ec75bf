package org.ecryptfsj.kernel;

import java.io.IOException;

/** modprobe's configuration cannot be read: modprobe is missing or fails. */
public final class ModprobeException extends IOException {
    private static final long serialVersionUID = 1L;

    ModprobeException(String message) {
        super(message);
    }

    ModprobeException(String message, IOException cause) {
        super(message, cause);
    }
}
