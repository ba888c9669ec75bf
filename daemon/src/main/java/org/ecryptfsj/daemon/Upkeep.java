package org.ecryptfsj.daemon;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.linux.LibCHeap;

/** Keeps a daemon that runs for months small: gives back, from time to time, what the JVM's compiler has used. */
final class Upkeep implements AutoCloseable {
    /** The JVM keeps its compiler's memory for itself for some seconds after a start. */
    private static final long FIRST_SECONDS = 8;

    private static final long EVERY_SECONDS = 60;

    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, Threads.daemon("upkeep"));
    private final Future<?> trimming =
            clock.scheduleWithFixedDelay(LibCHeap::trim, FIRST_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);

    private Upkeep() {}

    static Upkeep begin() {
        return new Upkeep();
    }

    @Override
    public void close() {
        trimming.cancel(false);
        clock.shutdownNow();
    }

    @Override
    public String toString() {
        return "every " + EVERY_SECONDS + " s";
    }
}
