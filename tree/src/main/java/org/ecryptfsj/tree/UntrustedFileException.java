package org.ecryptfsj.tree;

import java.io.IOException;

/** A file or directory is not used, because of who owns it, who may write to it or who may read it. */
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

    /** The command that helps. */
    public String advice() {
        return advice;
    }
}
