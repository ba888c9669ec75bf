package org.ecryptfsj.protector.tpm2;

import java.util.List;
import java.util.Map;

/**
 * The TPM's protection against attempts at PINs. It is one for all objects of the TPM (TPM 2.0 Library, part 1, section 19.8).
 *
 * @param failures wrong attempts that are not forgiven yet
 * @param limit failures at which it refuses all attempts
 * @param secondsToForgive time after which one failure is forgiven; 0 if that needs a restart of the TPM
 */
record LockoutState(long failures, long limit, long secondsToForgive) {
    private static final int FIRST_PROPERTY = 0x20e;
    private static final int FAILURES = 0x20e;
    private static final int LIMIT = 0x20f;
    private static final int INTERVAL = 0x210;

    static LockoutState of(Tpm tpm) throws TpmException {
        Map<Integer, Integer> properties = tpm.properties(FIRST_PROPERTY);
        if (!properties.keySet().containsAll(List.of(FAILURES, LIMIT, INTERVAL))) {
            throw TpmException.malformed("it has no state of the lock-out");
        }
        return new LockoutState(
                Integer.toUnsignedLong(properties.get(FAILURES)),
                Integer.toUnsignedLong(properties.get(LIMIT)),
                Integer.toUnsignedLong(properties.get(INTERVAL)));
    }

    /** Whether it refuses all attempts now. */
    boolean isLocked() {
        return failures >= limit;
    }

    /** Such as {@code 1 attempt is left}. */
    String attemptsLeft() {
        long left = Math.max(0, limit - failures);
        return left == 1 ? "1 attempt is left" : left + " attempts are left";
    }

    /** When another attempt is possible, as a sentence. */
    String advice() {
        return (secondsToForgive == 0
                        ? "Restart the machine: then the TPM allows another attempt."
                        : "Wait: the TPM allows another attempt after " + secondsToForgive + " s at most.")
                + " Or unlock with another protector; tpm2_dictionarylockout -c resets the lock with the TPM's lock-out"
                + " password.";
    }
}
