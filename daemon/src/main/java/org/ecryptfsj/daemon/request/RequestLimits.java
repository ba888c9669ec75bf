package org.ecryptfsj.daemon.request;

import java.time.Duration;
import java.util.Optional;

/**
 * When a request is given up: when its key module has stalled, or at a deadline, if one is set. Waiting in a queue is no reason,
 * and the kernel's own timeout is no limit of the daemon.
 *
 * @param deadline longest time from the read of a request to its reply; empty: no deadline
 * @param stall time after which a key module that completes nothing, while requests wait for it, counts as stalled
 */
public record RequestLimits(Optional<Duration> deadline, Duration stall) {
    /** A TPM of 2005 may take this long to create a key. */
    public static final Duration DEFAULT_STALL = Duration.ofSeconds(30);

    /** Without any option. */
    public static final RequestLimits DEFAULT = new RequestLimits(Optional.empty(), DEFAULT_STALL);

    /** @throws IllegalArgumentException if a limit is not positive */
    public RequestLimits {
        if (stall.isNegative() || stall.isZero()) {
            throw new IllegalArgumentException("stall limit must be positive, not " + stall);
        }
        deadline.filter(limit -> limit.isNegative() || limit.isZero()).ifPresent(limit -> {
            throw new IllegalArgumentException("deadline must be positive, not " + limit);
        });
    }
}
