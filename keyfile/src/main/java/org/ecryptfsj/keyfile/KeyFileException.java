package org.ecryptfsj.keyfile;

import java.util.Objects;

/**
 * A key file was not read, unlocked, changed or written. {@link #reason()} says who can act on it; the message says what failed,
 * on which file and why; {@link #advice()} says what to do. None of them ever holds secret bytes.
 */
public final class KeyFileException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why, by what the caller can do about it. */
    public enum Reason {
        /** It is no key file, is cut short, or has a member that no key file has: restore it. */
        MALFORMED,
        /** It is a key file of a version that this program does not know: use a newer program. */
        OTHER_VERSION,
        /** It was changed by a program that could not unlock it: restore it. */
        NOT_AUTHENTIC,
        /** No protector gave the file key. */
        LOCKED,
        /** There is no protector of that number. */
        NO_SUCH_PROTECTOR,
        /** The last protector is not removed: nothing would unlock the file. */
        LAST_PROTECTOR,
        /** A limit would be exceeded: a protector more, or a longer file. */
        TOO_LARGE,
        /** Another program changed the file since it was read: read it again. */
        CHANGED,
        /** There is a file of that name already. */
        EXISTS,
        /** The mount passphrase does not make the keys that the file names. */
        WRONG_SIGNATURE
    }

    private final Reason reason;
    private final String advice;

    /**
     * @param message what failed, on which object, why
     * @param advice one sentence on what to do, or empty
     */
    public KeyFileException(Reason reason, String message, String advice) {
        this(reason, message, advice, null);
    }

    /** @param cause what was caught */
    public KeyFileException(Reason reason, String message, String advice, Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason);
        this.advice = Objects.requireNonNull(advice);
    }

    /** Who can act on it. */
    public Reason reason() {
        return reason;
    }

    /** What to do; empty if there is nothing to say. */
    public String advice() {
        return advice;
    }
}
