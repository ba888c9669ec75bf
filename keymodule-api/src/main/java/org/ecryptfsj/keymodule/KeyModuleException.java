package org.ecryptfsj.keymodule;

import java.util.Objects;

/**
 * A failure of a key module. {@link #reason()} says who can act on it, the message says what failed, on which object and why,
 * and {@link #advice()} says what to do. None of them contains a secret.
 */
public final class KeyModuleException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The reason of a failure, by what the caller can do about it. */
    public enum Reason {
        /** The key is not in the module's storage: generate or restore it. */
        KEY_NOT_FOUND,
        /** The stored key is damaged or belongs to another device: restore it, or use another key. */
        KEY_UNUSABLE,
        /** The TPM is not in the state to which the key was sealed: boot the trusted configuration. */
        WRONG_PCR_STATE,
        /** A secret was wrong or missing: supply the right one. */
        AUTHENTICATION,
        /** A service that the module needs does not answer (tcsd, the TPM): start it; another try can succeed. */
        SERVICE_UNAVAILABLE,
        /** The device is not set up for use: no owner, no endorsement key, disabled, locked out. */
        NOT_READY,
        /** The bytes were not made by this module with this key: another key, another TPM, or damage. */
        BAD_DATA,
        /** A parameter is missing or malformed: correct it. */
        BAD_PARAMETER,
        /** The module's queue is full: try again later. */
        BUSY,
        /** The calling thread was interrupted before the answer came. */
        TIMED_OUT,
        /** The module does not support this. */
        UNSUPPORTED,
        /** Anything else: a defect, or a device error without a better name. */
        FAILED
    }

    /** Who can act on it. */
    private final Reason reason;

    /** What to do; may be empty. */
    private final String advice;

    /** The native library's result code, 0 if there is none. */
    private final int code;

    /**
     * A failure without a result code and without a cause.
     *
     * @param reason who can act on it
     * @param message what failed, on which object and why
     * @param advice what to do, in one sentence; may be empty
     */
    public KeyModuleException(Reason reason, String message, String advice) {
        this(reason, message, advice, 0, null);
    }

    /**
     * A failure with the native library's result code, a cause, or both.
     *
     * @param reason who can act on it
     * @param message what failed, on which object and why
     * @param advice what to do, in one sentence; may be empty
     * @param code the native library's result code, 0 if there is none
     * @param cause the caught exception, or null
     */
    public KeyModuleException(Reason reason, String message, String advice, int code, Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason);
        this.advice = Objects.requireNonNull(advice);
        this.code = code;
    }

    /**
     * The same failure for another thread that waited for the same result, with a stack trace of that thread.
     *
     * @return the failure
     */
    public KeyModuleException forAnotherThread() {
        return new KeyModuleException(reason, getMessage(), advice, code, this);
    }

    /**
     * The reason.
     *
     * @return who can act on it
     */
    public Reason reason() {
        return reason;
    }

    /**
     * The advice.
     *
     * @return what to do, in one sentence; may be empty
     */
    public String advice() {
        return advice;
    }

    /**
     * The native library's result code.
     *
     * @return the code, 0 if there is none
     */
    public int code() {
        return code;
    }
}
