package org.ecryptfsj.protector.tpm2;

import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;

/**
 * A time that is counted in resets of the TPM, which each start of the machine's firmware is.
 *
 * @param after the number of resets when it was made: it begins with the next one
 * @param until the number of resets with which it ends
 */
record ResetWindow(int after, int until) {
    /** The most resets that it can take. */
    static final int MOST_BOOTS = 64;

    /** The largest number of resets: half of what a TPM counts. */
    static final int MOST_RESETS = Integer.MAX_VALUE;

    ResetWindow {
        if (after < 0 || until <= after || until - after > MOST_BOOTS) {
            throw new IllegalArgumentException("resets " + after + " to " + until);
        }
    }

    /** Resets that it takes. */
    int boots() {
        return until - after;
    }

    /** Whether it has begun, or is over. */
    boolean hasBegun(long resets) {
        return resets > after;
    }

    /**
     * Checks that it has begun and is not over.
     *
     * @param resets of the TPM now
     * @throws ProtectorException NOT_READY
     */
    void require(long resets) throws ProtectorException {
        if (resets <= after) {
            throw failure("it opens only after the next boot", "Boot the machine, or unlock with another protector.");
        }
        if (resets > until) {
            throw failure(
                    boots() == 1
                            ? "it was for one boot, which is over"
                            : "it was for " + boots() + " boots, which are over",
                    "Unlock with another protector, and remove this one.");
        }
    }

    private static ProtectorException failure(String message, String advice) {
        return new ProtectorException(Reason.NOT_READY, message, advice);
    }

    /** For people. */
    @Override
    public String toString() {
        return boots() == 1 ? "only in the boot after this one" : "only in the " + boots() + " boots after this one";
    }
}
