package org.ecryptfsj.daemon;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory that a daemon must be allowed to lock, since it holds secrets in locked memory only: each request has some, and so
 * have the keys that modules keep.
 */
final class LockedMemoryNeed {
    /** The record of requests under way (84 KiB) and what a few hundred requests hold at once. */
    static final int ENOUGH_KIB = 1024;

    /** A frame and the secrets of a few requests, in pages of their own. */
    static final int LEAST_KIB = 64;

    private LockedMemoryNeed() {}

    /**
     * Compares it with the limit.
     *
     * @param limit in bytes; empty if there is none
     * @return a warning if it is enough for few requests only
     * @throws IOException if no request could be answered
     */
    static Optional<String> require(OptionalLong limit) throws IOException {
        long kib = limit.orElse(Long.MAX_VALUE) / 1024;
        if (kib >= ENOUGH_KIB) {
            return Optional.empty();
        }
        String what = "the limit on locked memory is " + kib + " KiB";
        String advice = "What to do: allow " + ENOUGH_KIB
                + " KiB (LimitMEMLOCK=1M in its unit; memlock in /etc/security/limits.conf; ulimit -l " + ENOUGH_KIB
                + ")";
        if (kib < LEAST_KIB) {
            throw new IOException(what + ", and the daemon needs " + LEAST_KIB + " KiB to hold keys, " + ENOUGH_KIB
                    + " KiB under load. " + advice);
        }
        return Optional.of(what + ": enough for few requests at a time, others will fail. " + advice);
    }
}
