package org.ecryptfsj.netlink;

import java.io.IOException;
import java.util.Objects;

/**
 * The kernel cannot be reached. {@link #reason()} says who can act on it; the message says what happened, to which object;
 * {@link #advice()} says what to do next.
 */
public final class ChannelUnavailableException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Why, by what can be done about it. */
    public enum Reason {
        /** The kernel's eCryptfs is not loaded: load it. */
        MODULE_NOT_LOADED,
        /** The kernel's eCryptfs does not talk to daemons, or not over the channel asked for: another kernel, or channel. */
        NO_MESSAGING,
        /** The device node is missing or stale: make it. */
        NO_DEVICE,
        /** Another daemon serves this effective user id: stop that one. */
        ALREADY_SERVED,
        /** This user may not use the channel: be another user, or change the permissions. */
        PERMISSION,
        /** Anything else. */
        OTHER
    }

    private final Reason reason;
    private final String advice;

    ChannelUnavailableException(Reason reason, String message, String advice, IOException cause) {
        super(message, cause);
        this.reason = reason;
        this.advice = Objects.requireNonNull(advice);
    }

    /** Who can act on it. */
    public Reason reason() {
        return reason;
    }

    /** What to do next, one sentence. */
    public String advice() {
        return advice;
    }
}
