package org.ecryptfsj.tree;

import java.io.IOException;

/** A file or directory of a tree cannot be used; callers decide by the reason. */
public final class TreeException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Why. */
    public enum Reason {
        /** The name does not exist. */
        NOT_FOUND("No such file or directory"),
        /** This process has no permission. */
        DENIED("Permission denied"),
        /** The name exists already. */
        EXISTS("File exists"),
        /** It is a symbolic link, which is not followed. */
        SYMLINK("Too many levels of symbolic links"),
        /** It is not a directory. */
        NOT_A_DIRECTORY("Not a directory"),
        /** It is not a regular file. */
        NOT_A_FILE("Not a regular file"),
        /** No space is left, or the user's quota is used up. */
        NO_SPACE("No space left on device"),
        /** The file system, or this process, cannot set such an owner, mode or time. */
        NOT_SUPPORTED("Operation not permitted"),
        /** Other users could replace it, and this process is root. */
        NOT_TRUSTED("Operation not permitted"),
        /** It is not the same directory as before: it was moved or replaced. */
        MOVED("Stale file handle"),
        /** Another error of the system. */
        OTHER("Input/output error");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** The text of strerror(3). */
        public String text() {
            return text;
        }
    }

    /**
     * @param reason why
     * @param message for the user
     */
    public TreeException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * @param reason why
     * @param message for the user
     * @param cause the system's error
     */
    public TreeException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
