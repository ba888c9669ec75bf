package org.ecryptfsj.daemon.request;

import java.io.IOException;
import java.util.function.LongSupplier;
import org.ecryptfsj.linux.RunQueue;
import org.ecryptfsj.netlink.KernelChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delay until a requester that {@linkplain KernelChannel#requesterMayBeAwake() may be awake} is certainly asleep. It waits for a
 * processor, as other threads do, and each of them may run for a time slice first. Their order is unknown, so the delay is the
 * time that all of them take together. With a free processor the delay is 0: the requester is asleep before a reply is ready.
 */
final class ReplyDelay implements LongSupplier {
    private static final Logger LOG = LoggerFactory.getLogger(ReplyDelay.class);

    /** For a requester that gets a processor at once: the rest of its way to sleep, on a slow machine. */
    static final long MIN_NANOS = 500_000;

    /** Two ticks at 250 Hz: a thread runs for at least one when others wait, and each may be a slow one. */
    static final long SLICE_NANOS = 8_000_000;

    /** Under such a load everything is slow, and a requester that misses its wake-up still gets the reply at the timeout. */
    static final long MAX_NANOS = 25 * SLICE_NANOS;

    private final int processors = Runtime.getRuntime().availableProcessors();

    /** Nanoseconds from now. */
    @Override
    public long getAsLong() {
        try {
            return of(RunQueue.runnable(), processors);
        } catch (IOException e) {
            LOG.debug("length of the run queue is unknown", e);
            return MIN_NANOS + SLICE_NANOS;
        }
    }

    /**
     * The delay for a length of the run queue.
     *
     * @param runnable threads that run or wait for a processor, including the receiving thread
     * @param processors that they share
     */
    static long of(int runnable, int processors) {
        int others = runnable - 1;
        if (others < processors) {
            return 0;
        }
        // The processor of the receiving thread becomes free when that thread waits again.
        long rounds = others == processors ? 0 : (others + processors - 1) / processors;
        return Math.min(MAX_NANOS, MIN_NANOS + rounds * SLICE_NANOS);
    }
}
