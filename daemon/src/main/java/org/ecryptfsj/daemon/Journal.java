package org.ecryptfsj.daemon;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.netlink.Request;

/** What happened to requests since the daemon started: counts, latencies, keys in use. */
final class Journal {
    /** How a request ended without success. */
    enum Outcome {
        FAILED,
        MALFORMED,
        TIMED_OUT,
        STALLED
    }

    /** More keys than one user mounts; beyond it new ones are counted, but not listed. */
    private static final int KEYS = 1024;

    private static final long LONGEST_MICROS = 3_600_000_000L;

    private final Instant started = Instant.now();
    private final LongAdder received = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder malformed = new LongAdder();
    private final LongAdder timedOut = new LongAdder();
    private final LongAdder stalled = new LongAdder();
    private final LongAdder late = new LongAdder();
    private final LongAdder discardedFrames = new LongAdder();
    private final LongAdder inherited = new LongAdder();
    private final ConcurrentHistogram wraps = new ConcurrentHistogram(LONGEST_MICROS, 2);
    private final ConcurrentHistogram unwraps = new ConcurrentHistogram(LONGEST_MICROS, 2);
    private final Map<Signature, KeyUse> keys = new ConcurrentHashMap<>();

    private static final class KeyUse {
        final LongAdder answered = new LongAdder();
        final LongAdder failed = new LongAdder();
        volatile Instant last = Instant.now();
    }

    void received() {
        received.increment();
    }

    void answered(PendingRequest request, long nanos) {
        answered.increment();
        ConcurrentHistogram histogram = request.asked() instanceof Request.Tag66Request ? wraps : unwraps;
        histogram.recordValue(Math.min(nanos / 1000, LONGEST_MICROS));
        use(request).answered.increment();
    }

    void failed(PendingRequest request, Outcome outcome) {
        failed.increment();
        switch (outcome) {
            case MALFORMED -> malformed.increment();
            case TIMED_OUT -> timedOut.increment();
            case STALLED -> stalled.increment();
            case FAILED -> {}
        }
        use(request).failed.increment();
    }

    /** A reply the kernel no longer wanted. */
    void late() {
        late.increment();
    }

    /** Something on the channel that was no message. */
    void discardedFrame() {
        discardedFrames.increment();
    }

    /** Requests that a predecessor had read. */
    void inherited(int requests) {
        inherited.add(requests);
    }

    private KeyUse use(PendingRequest request) {
        if (request.signature().isEmpty()
                || (keys.size() >= KEYS && !keys.containsKey(request.signature().get()))) {
            return new KeyUse();
        }
        KeyUse use = keys.computeIfAbsent(request.signature().get(), signature -> new KeyUse());
        use.last = Instant.now();
        return use;
    }

    Instant started() {
        return started;
    }

    /** Counts by name, as the status shows them. */
    Map<String, Object> requests(int inFlight) {
        return Ordered.of(
                "received", received.sum(),
                "answered", answered.sum(),
                "failed", failed.sum(),
                "malformed", malformed.sum(),
                "timed_out", timedOut.sum(),
                "stalled", stalled.sum(),
                "late", late.sum(),
                "discarded_frames", discardedFrames.sum(),
                "inherited", inherited.sum(),
                "in_flight", inFlight);
    }

    /** Milliseconds from reading a request to its reply, of those that succeeded. */
    Map<String, Object> latencies() {
        return Ordered.of("wrap", latency(wraps), "unwrap", latency(unwraps));
    }

    private static Map<String, Object> latency(ConcurrentHistogram micros) {
        return Ordered.of(
                "count", micros.getTotalCount(),
                "p50_ms", micros.getValueAtPercentile(50) / 1000.0,
                "p99_ms", micros.getValueAtPercentile(99) / 1000.0,
                "max_ms", micros.getMaxValue() / 1000.0);
    }

    /** The keys asked for, by signature. */
    Map<String, Object> keysInUse() {
        Map<String, Object> all = new TreeMap<>();
        keys.forEach((signature, use) -> all.put(
                signature.hex(),
                Ordered.of(
                        "answered", use.answered.sum(),
                        "failed", use.failed.sum(),
                        "last_used", use.last.toString())));
        return all;
    }
}
