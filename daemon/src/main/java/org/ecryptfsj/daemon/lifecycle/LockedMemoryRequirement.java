package org.ecryptfsj.daemon.lifecycle;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory that a daemon must be allowed to lock: secrets are in locked memory only, those of each request and the keys that key
 * modules cache.
 */
public final class LockedMemoryRequirement {
    /** For the in-flight store (84 KiB) and some hundred requests at once. */
    static final int RECOMMENDED_KIB = 1024;

    /** For a frame and the secrets of a few requests, each in a page of its own. */
    static final int MINIMUM_KIB = 64;

    private LockedMemoryRequirement() {}

    /**
     * Compares the requirement with the limit.
     *
     * @param limit in bytes; empty if there is none
     * @return a warning if the limit suffices for few requests only
     * @throws IOException if no request could be answered
     */
    public static Optional<String> require(OptionalLong limit) throws IOException {
        long kib = limit.orElse(Long.MAX_VALUE) / 1024;
        if (kib >= RECOMMENDED_KIB) {
            return Optional.empty();
        }
        String what = "the limit on locked memory is " + kib + " KiB";
        String advice = "What to do: allow " + RECOMMENDED_KIB
                + " KiB (LimitMEMLOCK=1M in its unit; memlock in /etc/security/limits.conf; ulimit -l "
                + RECOMMENDED_KIB
                + ")";
        if (kib < MINIMUM_KIB) {
            throw new IOException(what + "; the daemon needs " + MINIMUM_KIB + " KiB for keys and " + RECOMMENDED_KIB
                    + " KiB under load. " + advice);
        }
        return Optional.of(what + ": it suffices for few requests at a time, further ones fail. " + advice);
    }
}
