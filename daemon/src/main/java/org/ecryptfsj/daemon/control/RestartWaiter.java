package org.ecryptfsj.daemon.control;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for ecryptfsctl until a new daemon answers at a control socket. Its directory reports that the socket is created again. */
final class RestartWaiter implements AutoCloseable {
    /** Whether a new daemon answers. */
    @FunctionalInterface
    interface Condition {
        boolean holds();
    }

    private final WatchService watch;

    private RestartWaiter(WatchService watch) {
        this.watch = watch;
    }

    /** Starts to watch the directory of the socket; no later change is missed. */
    static RestartWaiter watching(Path socket) throws IOException {
        Path directory = socket.toAbsolutePath().getParent();
        WatchService watch = directory.getFileSystem().newWatchService();
        directory.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        return new RestartWaiter(watch);
    }

    /**
     * Waits until the condition holds.
     *
     * @return false if the time is over first
     */
    boolean await(Condition restarted, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        try {
            while (System.nanoTime() < end) {
                WatchKey key = watch.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (key != null && !key.pollEvents().isEmpty() && restarted.holds()) {
                    return true;
                }
                if (key != null) {
                    key.reset();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return restarted.holds();
    }

    @Override
    public void close() throws IOException {
        watch.close();
    }
}
