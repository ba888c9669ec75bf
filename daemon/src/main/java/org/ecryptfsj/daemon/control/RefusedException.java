package org.ecryptfsj.daemon.control;

/** A command that the daemon is not even asked for; the message says why, and what to do. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
        super(message);
    }
}
