package org.ecryptfsj.keymodule;

import java.util.Objects;

/**
 * A key module could not do what was asked. {@link #reason()} says who can act on it; the message says what happened, to
 * which object; {@link #advice()} says what to do next. None of them ever holds secret bytes.
 */
public final class KeyModuleException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why, by what the caller can do about it. */
    public enum Reason {
        /** The key is not in the module's storage: generate or restore it. */
        KEY_NOT_FOUND,
        /** What is stored of the key is damaged, or is another device's: restore it, or use another key. */
        KEY_UNUSABLE,
        /** The TPM is not in the state the key was sealed to: boot the trusted configuration. */
        WRONG_PCR_STATE,
        /** A secret was wrong or missing: supply the right one. */
        AUTHENTICATION,
        /** A service the module needs does not answer (tcsd, the TPM): start it; trying again may work. */
        SERVICE_UNAVAILABLE,
        /** The device is not set up for use: no owner, no endorsement key, disabled, locked out. */
        NOT_READY,
        /** The bytes given are not what this module made: another key, another TPM, or damage. */
        BAD_DATA,
        /** A parameter is missing or malformed: correct it. */
        BAD_PARAMETER,
        /** The module has more to do than it may queue: try again later. */
        BUSY,
        /** The caller's time was over (its thread was interrupted) before the answer came. */
        TIMED_OUT,
        /** The module does not do this at all. */
        UNSUPPORTED,
        /** Anything else: a defect, or a device error without a better name. */
        FAILED
    }

    private final Reason reason;
    private final String advice;
    private final int code;

    /**
     * @param message what happened, to which object
     * @param advice one sentence on what to do next, or empty
     */
    public KeyModuleException(Reason reason, String message, String advice) {
        this(reason, message, advice, 0, null);
    }

    /**
     * @param code the native library's result, 0 if there is none
     * @param cause what was caught, or null
     */
    public KeyModuleException(Reason reason, String message, String advice, int code, Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason);
        this.advice = Objects.requireNonNull(advice);
        this.code = code;
    }

    /** The same failure, to be thrown in another thread that waited for the same result; this one is its cause. */
    public KeyModuleException forAnotherThread() {
        return new KeyModuleException(reason, getMessage(), advice, code, this);
    }

    /** Who can act on it. */
    public Reason reason() {
        return reason;
    }

    /** What to do next; empty if there is nothing to say. */
    public String advice() {
        return advice;
    }

    /** The native library's result code, 0 if there is none. */
    public int code() {
        return code;
    }
}
