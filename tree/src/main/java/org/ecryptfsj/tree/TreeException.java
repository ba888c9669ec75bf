package org.ecryptfsj.tree;

import java.io.IOException;

/** A file or directory of a tree cannot be used; the reason is one that callers tell apart. */
public final class TreeException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Why. */
    public enum Reason {
        /** There is nothing of that name. */
        NOT_FOUND("No such file or directory"),
        /** This process may not do that. */
        DENIED("Permission denied"),
        /** Something has that name already. */
        EXISTS("File exists"),
        /** It is a symbolic link, which is not followed. */
        SYMLINK("Too many levels of symbolic links"),
        /** It is no directory. */
        NOT_A_DIRECTORY("Not a directory"),
        /** It is no regular file. */
        NOT_A_FILE("Not a regular file"),
        /** No space is left, or the user's quota is used up. */
        NO_SPACE("No space left on device"),
        /** The file system, or this process, cannot set such an owner, mode or time. */
        NOT_SUPPORTED("Operation not permitted"),
        /** Others could exchange it, and this process is root. */
        NOT_TRUSTED("Operation not permitted"),
        /** It is no longer the directory that it was: it was moved or exchanged meanwhile. */
        MOVED("Stale file handle"),
        /** Another error of the system. */
        OTHER("Input/output error");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** As strerror(3) has it. */
        public String text() {
            return text;
        }
    }

    /**
     * @param reason why
     * @param message for people
     */
    public TreeException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * @param reason why
     * @param message for people
     * @param cause what the system said
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
