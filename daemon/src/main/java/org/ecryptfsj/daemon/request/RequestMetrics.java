package org.ecryptfsj.daemon.request;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.netlink.Request;

/** Requests in flight, and counts, latencies and keys in use since the daemon started. Any thread may call any method. */
public final class RequestMetrics {
    /** More keys than one user mounts. Further keys are counted in the totals, but not listed. */
    private static final int MAX_KEYS = 1024;

    private static final long MAX_MICROS = 3_600_000_000L;

    private final Instant started = Instant.now();
    private final Set<PendingRequest> inFlight = ConcurrentHashMap.newKeySet();
    private final LongAdder received = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder malformed = new LongAdder();
    private final LongAdder timedOut = new LongAdder();
    private final LongAdder stalled = new LongAdder();
    private final LongAdder late = new LongAdder();
    private final LongAdder discardedFrames = new LongAdder();
    private final LongAdder recovered = new LongAdder();
    private final ConcurrentHistogram wraps = new ConcurrentHistogram(MAX_MICROS, 2);
    private final ConcurrentHistogram unwraps = new ConcurrentHistogram(MAX_MICROS, 2);
    private final Map<Signature, KeyCounters> keys = new ConcurrentHashMap<>();

    private static final class KeyCounters {
        final LongAdder answered = new LongAdder();
        final LongAdder failed = new LongAdder();
        volatile Instant last = Instant.now();
    }

    /**
     * Counts since the start.
     *
     * @param received requests read
     * @param answered requests that succeeded
     * @param failed requests that failed, for any cause
     * @param malformed failed because they could not be parsed
     * @param timedOut failed because of a deadline, or because the daemon stopped
     * @param stalled failed because their key module had stalled
     * @param late replies that the kernel no longer waited for
     * @param discardedFrames frames that were not messages
     * @param recovered requests that an earlier process had read
     * @param inFlight requests received and not completed now
     */
    public record Counts(
            long received,
            long answered,
            long failed,
            long malformed,
            long timedOut,
            long stalled,
            long late,
            long discardedFrames,
            long recovered,
            int inFlight) {}

    /**
     * Times from read to reply of the requests that succeeded.
     *
     * @param count number of them
     * @param median in milliseconds
     * @param percentile99 in milliseconds
     * @param max in milliseconds
     */
    public record Latency(long count, double median, double percentile99, double max) {
        private static Latency of(ConcurrentHistogram micros) {
            return new Latency(
                    micros.getTotalCount(),
                    micros.getValueAtPercentile(50) / 1000.0,
                    micros.getValueAtPercentile(99) / 1000.0,
                    micros.getMaxValue() / 1000.0);
        }
    }

    /**
     * Use of one key.
     *
     * @param answered requests for it that succeeded
     * @param failed requests for it that failed
     * @param lastUsed time of the latest completion
     */
    public record KeyUse(long answered, long failed, Instant lastUsed) {}

    void received(PendingRequest request) {
        inFlight.add(request);
        received.increment();
    }

    void completed(PendingRequest request, Outcome outcome, long nanos) {
        inFlight.remove(request);
        KeyCounters key = key(request);
        key.last = Instant.now();
        if (outcome instanceof Outcome.Failure failure) {
            failed.increment();
            key.failed.increment();
            switch (failure.cause()) {
                case MALFORMED -> malformed.increment();
                case TIMED_OUT -> timedOut.increment();
                case STALLED -> stalled.increment();
                case FAILED, DEFECT -> {}
            }
        } else {
            answered.increment();
            key.answered.increment();
            ConcurrentHistogram histogram = request.request() instanceof Request.Tag66Request ? wraps : unwraps;
            histogram.recordValue(Math.min(nanos / 1000, MAX_MICROS));
        }
    }

    /** Counts a reply that the kernel no longer waited for. */
    void late() {
        late.increment();
    }

    /** Counts a frame that is not a message. */
    void discardedFrame() {
        discardedFrames.increment();
    }

    /** Counts requests that an earlier process had read. */
    public void recovered(int requests) {
        recovered.add(requests);
    }

    private KeyCounters key(PendingRequest request) {
        if (request.signature().isEmpty()
                || (keys.size() >= MAX_KEYS
                        && !keys.containsKey(request.signature().get()))) {
            return new KeyCounters();
        }
        return keys.computeIfAbsent(request.signature().get(), signature -> new KeyCounters());
    }

    /** The requests received and not completed now. */
    Set<PendingRequest> inFlight() {
        return Collections.unmodifiableSet(inFlight);
    }

    /** Start of the daemon. */
    public Instant started() {
        return started;
    }

    /** The counts now. */
    public Counts counts() {
        return new Counts(
                received.sum(),
                answered.sum(),
                failed.sum(),
                malformed.sum(),
                timedOut.sum(),
                stalled.sum(),
                late.sum(),
                discardedFrames.sum(),
                recovered.sum(),
                inFlight.size());
    }

    /** Latencies of requests to encrypt a key: created files. */
    public Latency wrapLatency() {
        return Latency.of(wraps);
    }

    /** Latencies of requests to decrypt a key: opened files. */
    public Latency unwrapLatency() {
        return Latency.of(unwraps);
    }

    /** The requested keys, sorted by signature in hex digits. */
    public Map<String, KeyUse> keysInUse() {
        Map<String, KeyUse> all = new TreeMap<>();
        keys.forEach((signature, key) ->
                all.put(signature.hex(), new KeyUse(key.answered.sum(), key.failed.sum(), key.last)));
        return all;
    }
}
