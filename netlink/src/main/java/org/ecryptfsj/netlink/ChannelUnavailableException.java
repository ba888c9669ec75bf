package org.ecryptfsj.netlink;

import java.io.IOException;
import java.util.Objects;

/**
 * The channel to the kernel cannot be opened. The message says why; {@link #reason()} is the kind of remedy, {@link #advice()} the
 * remedy in words.
 */
public final class ChannelUnavailableException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Kinds of causes, each with its remedy. */
    public enum Reason {
        /** The kernel's eCryptfs is not loaded: load it. */
        MODULE_NOT_LOADED,
        /** The kernel's eCryptfs does not support daemons, or not over the selected channel: use another kernel or channel. */
        NO_MESSAGING,
        /** The device node is missing or stale: create it. */
        NO_DEVICE,
        /** Another daemon serves this effective user id: stop that one. */
        ALREADY_SERVED,
        /** This user may not use the channel: use another user, or change the permissions. */
        PERMISSION,
        /** Any other cause. */
        OTHER
    }

    private final Reason reason;
    private final String advice;

    ChannelUnavailableException(Reason reason, String message, String advice, IOException cause) {
        super(message, cause);
        this.reason = reason;
        this.advice = Objects.requireNonNull(advice);
    }

    /** Kind of cause. */
    public Reason reason() {
        return reason;
    }

    /** Remedy, one sentence. */
    public String advice() {
        return advice;
    }
}
