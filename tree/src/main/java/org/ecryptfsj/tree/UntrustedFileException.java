package org.ecryptfsj.tree;

import java.io.IOException;

/** A file or directory is refused because of its owner or its permissions. */
public final class UntrustedFileException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final String advice;

    UntrustedFileException(String reason, String advice) {
        super(reason + ": " + advice);
        this.reason = reason;
        this.advice = advice;
    }

    /** What is wrong, with the path and its mode or owner. */
    public String reason() {
        return reason;
    }

    /** What to do, such as a command to run. */
    public String advice() {
        return advice;
    }
}
