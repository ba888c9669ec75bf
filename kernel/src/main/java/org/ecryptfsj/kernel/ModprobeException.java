package org.ecryptfsj.kernel;

import java.io.IOException;

/** What the kernel's modules are set to cannot be found out: modprobe is missing, or does not tell. */
public final class ModprobeException extends IOException {
    private static final long serialVersionUID = 1L;

    ModprobeException(String message) {
        super(message);
    }

    ModprobeException(String message, IOException cause) {
        super(message, cause);
    }
}
