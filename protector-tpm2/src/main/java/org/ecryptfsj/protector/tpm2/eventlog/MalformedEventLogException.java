package org.ecryptfsj.protector.tpm2.eventlog;

/** Bytes are no event log, or more than this program reads. The message says why. */
public final class MalformedEventLogException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong with the bytes */
    public MalformedEventLogException(String message) {
        super(message);
    }
}
