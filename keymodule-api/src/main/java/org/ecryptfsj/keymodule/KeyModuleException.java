package org.ecryptfsj.keymodule;

import java.util.Objects;

/**
 * An operation of a key module failed. The message names the failure and its object, {@link #advice()} what to do, and {@link
 * #reason()} the kind of failure. None of them contains secret bytes.
 */
public final class KeyModuleException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The kind of failure, by what can be done about it. */
    public enum Reason {
        /** The key is not in the module's storage: generate or restore it. */
        KEY_NOT_FOUND,
        /** The stored key is damaged, or belongs to another device: restore it, or use another key. */
        KEY_UNUSABLE,
        /** The TPM is not in the state the key was sealed to: boot the trusted configuration. */
        WRONG_PCR_STATE,
        /** A secret was wrong or missing: supply the right one. */
        AUTHENTICATION,
        /** A service that the module needs does not answer (tcsd, the TPM): start it; a retry may succeed. */
        SERVICE_UNAVAILABLE,
        /** The device is not set up for use: no owner, no endorsement key, disabled, locked out. */
        NOT_READY,
        /** The bytes were not created by this module: another key, another TPM, or damage. */
        BAD_DATA,
        /** A parameter is missing or malformed: correct it. */
        BAD_PARAMETER,
        /** The module's queue is full: try again later. */
        BUSY,
        /** The time limit was reached (the thread was interrupted) before the answer. */
        TIMED_OUT,
        /** The module does not support this. */
        UNSUPPORTED,
        /** Anything else: a defect, or a device error without a better name. */
        FAILED
    }

    private final Reason reason;
    private final String advice;
    private final int code;

    /**
     * @param message what failed, on which object
     * @param advice what to do, in one sentence, or empty
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

    /** The kind of failure. */
    public Reason reason() {
        return reason;
    }

    /** What to do; empty if there is no advice. */
    public String advice() {
        return advice;
    }

    /** The native library's result code, 0 if there is none. */
    public int code() {
        return code;
    }
}
