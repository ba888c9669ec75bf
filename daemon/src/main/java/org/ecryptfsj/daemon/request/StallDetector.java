package org.ecryptfsj.daemon.request;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Detects that a key module has stalled: requests wait for it, and it has completed nothing for the stall limit. The time counts
 * from its last completion or the arrival of the oldest waiting request, whichever is later. So a queue that moves never stalls,
 * however long it is. A stalled module stays stalled until it completes something.
 *
 * <p>The detector has no thread and no timer: its user calls {@link #check()} after {@link #nanosLeft()}. Any thread may call any
 * method.
 *
 * @param <T> a request, compared by identity
 */
final class StallDetector<T> {
    private final long limit;
    private final LongSupplier clock;
    private final Map<T, Long> arrivals = new LinkedHashMap<>();
    private long lastCompletion;
    private long stalledSince;
    private boolean stalled;
    private boolean trial;

    /**
     * A detector for a module that has completed nothing yet.
     *
     * @param limit the stall limit
     * @param clock nanoseconds, as {@link System#nanoTime()}
     */
    StallDetector(Duration limit, LongSupplier clock) {
        this.limit = limit.toNanos();
        this.clock = clock;
        lastCompletion = clock.getAsLong();
    }

    /** Decision about a request that arrives. */
    enum Admission {
        /** It waits for the module. */
        ADMITTED,
        /** It waits for the stalled module, as a probe. */
        TRIAL,
        /** It must not wait: the module is stalled. */
        REFUSED
    }

    /** Decides about a request that arrives. */
    synchronized Admission admit(T request) {
        if (stalled && !trial) {
            return Admission.REFUSED;
        }
        arrivals.put(request, clock.getAsLong());
        if (stalled) {
            trial = false;
            return Admission.TRIAL;
        }
        return Admission.ADMITTED;
    }

    /** Removes a request that was completed. */
    synchronized void leave(T request) {
        arrivals.remove(request);
    }

    /**
     * Notes that the module has completed something.
     *
     * @return length of the stall that ends now, if there was one
     */
    synchronized Optional<Duration> complete() {
        long now = clock.getAsLong();
        lastCompletion = now;
        if (!stalled) {
            return Optional.empty();
        }
        stalled = false;
        trial = false;
        return Optional.of(Duration.ofNanos(now - stalledSince));
    }

    /**
     * Checks whether the module has stalled since the last check.
     *
     * @return if it has, the requests that waited for it; they are removed
     */
    synchronized Optional<List<T>> check() {
        OptionalLong left = nanosLeft();
        if (left.isEmpty() || left.getAsLong() > 0) {
            return Optional.empty();
        }
        stalled = true;
        stalledSince = clock.getAsLong();
        List<T> waiting = List.copyOf(arrivals.keySet());
        arrivals.clear();
        return Optional.of(waiting);
    }

    /** Nanoseconds until the module counts as stalled; empty if nothing waits for it, or it is stalled already. */
    synchronized OptionalLong nanosLeft() {
        if (stalled || arrivals.isEmpty()) {
            return OptionalLong.empty();
        }
        long sinceCompletion = clock.getAsLong() - lastCompletion;
        long sinceArrival = clock.getAsLong() - arrivals.values().iterator().next();
        return OptionalLong.of(limit - Math.min(sinceCompletion, sinceArrival));
    }

    /** Admits the next request as a probe, if the module is stalled. */
    synchronized void allowTrial() {
        trial = stalled && arrivals.isEmpty();
    }

    /** Time since the module stalled; empty if it is not stalled. */
    synchronized Optional<Duration> stalledFor() {
        return stalled ? Optional.of(Duration.ofNanos(clock.getAsLong() - stalledSince)) : Optional.empty();
    }

    /** Number of requests that wait for the module. */
    synchronized int waiting() {
        return arrivals.size();
    }
}
