package org.ecryptfsj.daemon.logging;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.ecryptfsj.daemon.concurrent.DaemonThreads;

/**
 * Queue of lines for one {@link LogSink}. Adding a line never waits: the sink has a thread of its own, and a line is discarded and
 * counted if the queue is full. When the sink accepts lines again, the log says how many are missing.
 */
final class LogQueue implements AutoCloseable {
    static final int CAPACITY = 1024;

    /** Places reserved for warnings and errors. */
    static final int RESERVED = CAPACITY / 4;

    private final String name;
    private final LogSink sink;
    private final BlockingQueue<LogLine> lines = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong discarded = new AtomicLong();
    private final Thread writer;
    private int unwritten;

    private LogQueue(String name, LogSink sink) {
        this.name = name;
        this.sink = sink;
        writer = DaemonThreads.named("log-" + name).newThread(this::writeAll);
    }

    /**
     * Starts its thread.
     *
     * @param name of the sink, for the log
     */
    static LogQueue to(String name, LogSink sink) {
        LogQueue queue = new LogQueue(name, sink);
        queue.writer.start();
        return queue;
    }

    /** Adds a line, or discards it. */
    void add(LogLine line) {
        if (!line.level().isGreaterOrEqual(Level.WARN) && lines.remainingCapacity() <= RESERVED) {
            discarded.incrementAndGet();
            return;
        }
        count(1);
        if (!lines.offer(line)) {
            count(-1);
            discarded.incrementAndGet();
        }
    }

    /** Lines that were discarded since the start. */
    long discarded() {
        return discarded.get();
    }

    private void writeAll() {
        long reported = 0;
        try {
            while (true) {
                LogLine line = lines.take();
                long missing = discarded.get();
                if (missing > reported && write(gap(missing - reported))) {
                    reported = missing;
                }
                if (!write(line)) {
                    discarded.incrementAndGet();
                }
                count(-1);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private LogLine gap(long missing) {
        return LogLine.of(
                Level.WARN,
                missing + " log lines discarded: " + name + " did not accept them in time, or refused them");
    }

    private boolean write(LogLine line) {
        try {
            sink.write(line);
            return true;
        } catch (IOException lost) {
            // Counted by the caller; there is no other place to report it.
            return false;
        }
    }

    private synchronized void count(int change) {
        unwritten += change;
        if (unwritten == 0) {
            notifyAll();
        }
    }

    /**
     * Waits until every line is written.
     *
     * @return false if the time was over first
     */
    synchronized boolean flush(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        long left = timeout.toNanos();
        while (unwritten > 0 && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = end - System.nanoTime();
        }
        return unwritten == 0;
    }

    /** Ends the thread; queued lines are lost. */
    @Override
    public void close() {
        writer.interrupt();
    }
}
