package org.ecryptfsj.protector;

import java.util.List;
import java.util.Objects;
import org.ecryptfsj.keymodule.KeyModuleException;

/**
 * A protector did not guard the file key, or did not give it back. {@link #reason()} says who can act on it; the message says
 * what failed, on which object and why; {@link #advice()} says what to do. None of them ever holds secret bytes.
 */
public final class ProtectorException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why, by what the caller can do about it. */
    public enum Reason {
        /** A passphrase, code or PIN is wrong: ask again. */
        WRONG_SECRET,
        /** Nobody can be asked, or the person gave no answer: try the next protector. */
        NO_ANSWER,
        /** The device, its service or its library is not there: attach or start it; trying again may work. */
        UNAVAILABLE,
        /** The device is there and refuses all for now: not set up, locked out. The advice says for how long. */
        NOT_READY,
        /** What the protector needs beside the key file is gone, or is another one: a key in the TPM, a file. Restore it. */
        KEY_MISSING,
        /** The machine is in another state than the one that was bound to; {@link #registers()} names what differs. */
        STATE_CHANGED,
        /** What the key file holds for this protector is damaged, was changed, or is another file's. */
        DAMAGED,
        /** A parameter given to {@link Protector#protect} is missing or wrong: correct it. */
        BAD_PARAMETER,
        /** The caller's time was over: its thread was interrupted. */
        TIMED_OUT,
        /** Anything else. */
        FAILED
    }

    private final Reason reason;
    private final String advice;
    private final List<Integer> registers;

    /**
     * @param message what failed, on which object, why
     * @param advice one sentence on what to do, or empty
     */
    public ProtectorException(Reason reason, String message, String advice) {
        this(reason, message, advice, null);
    }

    /** @param cause what was caught */
    public ProtectorException(Reason reason, String message, String advice, Throwable cause) {
        this(reason, message, advice, List.of(), cause);
    }

    private ProtectorException(Reason reason, String message, String advice, List<Integer> registers, Throwable cause) {
        super(message, cause);
        this.reason = Objects.requireNonNull(reason);
        this.advice = Objects.requireNonNull(advice);
        this.registers = List.copyOf(registers);
    }

    /**
     * The machine's state is another one.
     *
     * @param registers the numbers of the PCRs that differ; empty if the device does not tell
     * @param message names them
     */
    public static ProtectorException stateChanged(List<Integer> registers, String message, String advice) {
        return new ProtectorException(Reason.STATE_CHANGED, message, advice, registers, null);
    }

    /** What the key file holds for the protector is malformed. */
    public static ProtectorException malformed(MalformedFieldException e) {
        return new ProtectorException(Reason.DAMAGED, e.getMessage(), "restore the key file from a backup", e);
    }

    /**
     * The same failure of a key module, for a protector that works with the module's code: message and advice stay.
     *
     * @param reason what it means for a protector
     */
    public static ProtectorException of(Reason reason, KeyModuleException e) {
        return new ProtectorException(reason, e.getMessage(), e.advice(), e);
    }

    /** Who can act on it. */
    public Reason reason() {
        return reason;
    }

    /** What to do; empty if there is nothing to say. */
    public String advice() {
        return advice;
    }

    /** Which PCRs differ, for {@link Reason#STATE_CHANGED}; empty if that is not known. */
    public List<Integer> registers() {
        return registers;
    }
}
