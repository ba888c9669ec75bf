package org.ecryptfsj.protector;

/** A member of a key file is missing, of another type, or out of its range. The message names it. */
public final class MalformedFieldException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message which member, and what is wrong with it; never a secret */
    public MalformedFieldException(String message) {
        super(message);
    }
}
