package org.ecryptfsj.protector.tpm2;

import java.time.Duration;

/** The end of the time that a caller gives. */
final class Deadline {
    private final Duration limit;
    private final long start = System.nanoTime();

    Deadline(Duration limit) {
        this.limit = limit;
    }

    /**
     * The time that is left, in milliseconds.
     *
     * @return positive
     * @throws TpmException SLOW if none is left, INTERRUPTED if this thread was interrupted
     */
    int millisLeft() throws TpmException {
        if (Thread.currentThread().isInterrupted()) {
            throw TpmException.interrupted(null);
        }
        long left = limit.minusNanos(System.nanoTime() - start).toMillis();
        if (left <= 0) {
            throw TpmException.slow("the TPM did not answer within " + limit.toSeconds() + " s");
        }
        return (int) left;
    }
}
