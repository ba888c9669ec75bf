package org.ecryptfsj.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits, for ecryptfsctl, until another daemon answers at a control socket: its directory tells when it is made anew. */
final class Successor implements AutoCloseable {
    /** Whether it is another daemon that answers by now. */
    @FunctionalInterface
    interface Sign {
        boolean isThere();
    }

    private final WatchService watch;

    private Successor(WatchService watch) {
        this.watch = watch;
    }

    /** Begins to watch; what happens from now on is not missed. */
    static Successor expectedAt(Path socket) throws IOException {
        Path directory = socket.toAbsolutePath().getParent();
        WatchService watch = directory.getFileSystem().newWatchService();
        directory.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        return new Successor(watch);
    }

    /** False if the time is over first. */
    boolean await(Sign sign, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (System.nanoTime() < end) {
                WatchKey key = watch.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (key != null && !key.pollEvents().isEmpty() && sign.isThere()) {
                    return true;
                }
                if (key != null) {
                    key.reset();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return sign.isThere();
    }

    @Override
    public void close() throws IOException {
        watch.close();
    }
}
