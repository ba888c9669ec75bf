package org.ecryptfsj.daemon;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lines on their way to one {@link LogSink}. Adding a line never waits: the sink blocks a thread of its own, and a line that
 * finds the queue full is discarded and counted. When the sink takes lines again, the log says how many are missing.
 */
final class LogQueue implements AutoCloseable {
    static final int CAPACITY = 1024;

    /** Places that only warnings and errors may fill. */
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
        writer = Threads.daemon("log-" + name).newThread(this::writeAll);
    }

    /**
     * Starts its thread.
     *
     * @param name of the sink, as the log calls it
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
                missing + " log lines were discarded: " + name + " did not take them in time, or refused them");
    }

    private boolean write(LogLine line) {
        try {
            sink.write(line);
            return true;
        } catch (IOException lost) {
            // Counted by the caller: the log is where it would be said.
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
    synchronized boolean flush(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        long left = patience.toNanos();
        while (unwritten > 0 && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = end - System.nanoTime();
        }
        return unwritten == 0;
    }

    /** Ends its thread; lines that are left are lost. */
    @Override
    public void close() {
        writer.interrupt();
    }
}
