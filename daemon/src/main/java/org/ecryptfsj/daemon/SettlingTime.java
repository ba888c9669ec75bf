package org.ecryptfsj.daemon;

import java.io.IOException;
import java.util.function.LongSupplier;
import org.ecryptfsj.linux.RunQueue;
import org.ecryptfsj.netlink.KernelChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long a program takes to fall asleep that has asked and may have been interrupted before
 * ({@link KernelChannel#unsettled()}). It waits for a processor then, as others do: each of them may run for a slice of time
 * first. Nobody tells whose turn it is, so this is what they take in all. Where there are processors enough, nobody waits: who
 * has asked is asleep before an answer can be thought of.
 */
final class SettlingTime implements LongSupplier {
    private static final Logger LOG = LoggerFactory.getLogger(SettlingTime.class);

    /** For whoever gets a processor at once: what is left of the way, on a slow machine. */
    static final long SHORTEST_NANOS = 500_000;

    /** Two ticks of the kernel's clock at 250 Hz: a thread runs for one at least when others wait, and each may be a slow one. */
    static final long SLICE_NANOS = 8_000_000;

    /** On a machine with so much to do everything takes long, and a program that sleeps on wakes up at last. */
    static final long LONGEST_NANOS = 25 * SLICE_NANOS;

    private final int processors = Runtime.getRuntime().availableProcessors();

    /** Nanoseconds from now. */
    @Override
    public long getAsLong() {
        try {
            return of(RunQueue.runnable(), processors);
        } catch (IOException e) {
            LOG.debug("the run queue cannot be looked at", e);
            return SHORTEST_NANOS + SLICE_NANOS;
        }
    }

    /**
     * @param runnable threads that run or wait for a processor, the receiving thread among them
     * @param processors that they share
     */
    static long of(int runnable, int processors) {
        int others = runnable - 1;
        if (others < processors) {
            return 0;
        }
        // When the receiving thread waits again, its own processor is there for one of them.
        long rounds = others == processors ? 0 : (others + processors - 1) / processors;
        return Math.min(LONGEST_NANOS, SHORTEST_NANOS + rounds * SLICE_NANOS);
    }
}
