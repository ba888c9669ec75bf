package org.ecryptfsj.daemon.lifecycle;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.daemon.concurrent.DaemonThreads;
import org.ecryptfsj.linux.LibCHeap;

/** Returns free native memory to the system from time to time: the JVM's compiler leaves some behind. */
public final class MemoryTrimmer implements AutoCloseable {
    /** The JVM keeps its compiler's memory for some seconds after a start. */
    private static final long FIRST_SECONDS = 8;

    private static final long INTERVAL_SECONDS = 60;

    private final ScheduledThreadPoolExecutor clock =
            new ScheduledThreadPoolExecutor(1, DaemonThreads.named("memory-trimmer"));
    private final Future<?> trimming =
            clock.scheduleWithFixedDelay(LibCHeap::trim, FIRST_SECONDS, INTERVAL_SECONDS, TimeUnit.SECONDS);

    private MemoryTrimmer() {}

    /** Starts it; closed by the caller. */
    public static MemoryTrimmer start() {
        return new MemoryTrimmer();
    }

    @Override
    public void close() {
        trimming.cancel(false);
        clock.shutdownNow();
    }

    @Override
    public String toString() {
        return "every " + INTERVAL_SECONDS + " s";
    }
}
