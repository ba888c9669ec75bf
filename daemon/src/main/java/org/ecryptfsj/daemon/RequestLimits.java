package org.ecryptfsj.daemon;

import java.time.Duration;
import java.util.Optional;

/**
 * When a request is given up. A request that waits its turn is not: its module has to have stopped answering, or somebody has
 * set a deadline. The kernel's own timeout is no limit of the daemon's.
 *
 * @param deadline the longest time from reading a request to its reply; empty: there is none
 * @param stall how long a key module may complete nothing while requests wait for it
 */
record RequestLimits(Optional<Duration> deadline, Duration stall) {
    /** A chip of 2005 that makes a key may be silent for this long. */
    static final Duration DEFAULT_STALL = Duration.ofSeconds(30);

    /** What holds when nothing is said. */
    static final RequestLimits DEFAULT = new RequestLimits(Optional.empty(), DEFAULT_STALL);

    /** @throws IllegalArgumentException if a limit is not positive */
    RequestLimits {
        if (stall.isNegative() || stall.isZero()) {
            throw new IllegalArgumentException("the stall limit has to be positive, not " + stall);
        }
        deadline.filter(limit -> limit.isNegative() || limit.isZero()).ifPresent(limit -> {
            throw new IllegalArgumentException("the deadline has to be positive, not " + limit);
        });
    }
}
