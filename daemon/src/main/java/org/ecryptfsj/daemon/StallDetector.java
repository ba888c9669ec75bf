package org.ecryptfsj.daemon;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Whether a key module has stalled: requests wait for it, and it has completed nothing for the stall limit. The time counts
 * from the later of its last completion and the arrival of the oldest request that waits, so that a queue that moves never
 * stalls, however long it is. A stalled module stays so until it completes something.
 *
 * <p>It has no thread and no timer of its own: who uses it asks {@link #check()} when {@link #nanosLeft()} are over. Any thread
 * may call any method.
 *
 * @param <T> a request, told from others by identity
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
     * A module that has completed nothing yet.
     *
     * @param limit the stall limit
     * @param clock nanoseconds, as {@link System#nanoTime()}
     */
    StallDetector(Duration limit, LongSupplier clock) {
        this.limit = limit.toNanos();
        this.clock = clock;
        lastCompletion = clock.getAsLong();
    }

    /** What becomes of a request that arrives. */
    enum Admission {
        /** It waits for the module. */
        ADMITTED,
        /** It waits for the module, which is stalled, to find out whether it still is. */
        TRIAL,
        /** It does not wait: the module is stalled. */
        REFUSED
    }

    /** A request arrives. */
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

    /** A request waits no more, whatever has become of it. */
    synchronized void leave(T request) {
        arrivals.remove(request);
    }

    /**
     * The module has completed something.
     *
     * @return how long it was stalled, if that ends now
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
     * Looks whether the module has stalled since the last look.
     *
     * @return the requests that wait for it, if it has; they wait no more
     */
    synchronized Optional<List<T>> check() {
        OptionalLong left = nanosLeft();
        if (left.isEmpty() || left.getAsLong() > 0) {
            return Optional.empty();
        }
        stalled = true;
        stalledSince = clock.getAsLong();
        List<T> given = List.copyOf(arrivals.keySet());
        arrivals.clear();
        return Optional.of(given);
    }

    /** How long the module may stay silent from now on; empty if nothing waits for it, or it is stalled already. */
    synchronized OptionalLong nanosLeft() {
        if (stalled || arrivals.isEmpty()) {
            return OptionalLong.empty();
        }
        long silent = clock.getAsLong() - lastCompletion;
        long waiting = clock.getAsLong() - arrivals.values().iterator().next();
        return OptionalLong.of(limit - Math.min(silent, waiting));
    }

    /** Lets one of the requests to come wait for the module although it is stalled. */
    synchronized void allowTrial() {
        trial = stalled && arrivals.isEmpty();
    }

    /** How long the module has been stalled; empty if it is not. */
    synchronized Optional<Duration> stalledFor() {
        return stalled ? Optional.of(Duration.ofNanos(clock.getAsLong() - stalledSince)) : Optional.empty();
    }

    /** How many requests wait for the module. */
    synchronized int waiting() {
        return arrivals.size();
    }
}
