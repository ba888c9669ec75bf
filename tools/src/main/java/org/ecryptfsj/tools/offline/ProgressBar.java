package org.ecryptfsj.tools.offline;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.linux.FileStatus;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeWalk;

/** A line on standard error with the progress of a run over a lower directory. Used by several threads. */
final class ProgressBar {
    private static final int BAR_WIDTH = 20;
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final double MEBIBYTE = 1 << 20;
    private static final String ERASE_LINE = "\r\u001b[K";

    private final boolean shown;
    private final long start = System.nanoTime();
    private long lastShown = start - EVERY_NANOS;
    private long allFiles;
    private long allBytes;
    private long files;
    private long bytes;
    private Optional<String> counted = Optional.empty();
    private boolean onScreen;

    ProgressBar(boolean shown) {
        this.shown = shown;
    }

    /** Counts files and bytes. Unreadable files are reported later, when they are opened. */
    void measure(TreeDirectory tree) throws TreeException {
        if (shown) {
            new TreeWalk<>(new Measuring()).run(tree);
        }
    }

    private final class Measuring implements TreeWalk.Visitor<TreeException> {
        @Override
        public Optional<TreeDirectory> entry(TreeDirectory directory, FileName name, boolean deeper) {
            try {
                FileStatus status = directory.status(name).orElse(null);
                if (status != null && status.isDirectory()) {
                    return deeper ? Optional.of(directory.openDirectory(name)) : Optional.empty();
                }
                allFiles++;
                allBytes += status != null && status.isRegular() ? status.size() : 0;
            } catch (TreeException e) {
                System.getLogger(ProgressBar.class.getName())
                        .log(System.Logger.Level.DEBUG, "file not counted for the progress bar", e);
            }
            return Optional.empty();
        }

        @Override
        public void leave() {}

        @Override
        public void unreadable(TreeException failure) {
            System.getLogger(ProgressBar.class.getName())
                    .log(System.Logger.Level.DEBUG, "file not counted for the progress bar", failure);
        }
    }

    /**
     * Begins from zero, and counts files only from now on.
     *
     * @param what is done with the files
     */
    synchronized void begin(String what) {
        hide();
        counted = Optional.of(what);
        files = 0;
    }

    /** Adds processed bytes. */
    synchronized void advance(long count) {
        bytes += count;
        show();
    }

    /** Adds a processed or failed file. */
    synchronized void fileDone() {
        files++;
        show();
    }

    private void show() {
        long now = System.nanoTime();
        if (!shown || now - lastShown < EVERY_NANOS) {
            return;
        }
        lastShown = now;
        int full = (int) (part() * BAR_WIDTH);
        System.err.print(ERASE_LINE + "[" + "#".repeat(full) + ".".repeat(BAR_WIDTH - full) + "] " + files + "/"
                + allFiles + " files" + counted.map(what -> ", " + what).orElseGet(() -> throughput(now)));
        onScreen = true;
    }

    private double part() {
        long done = counted.isPresent() ? files : bytes;
        long all = counted.isPresent() ? allFiles : allBytes;
        return all == 0 ? 1 : Math.min(1, done / (double) all);
    }

    private String throughput(long now) {
        double seconds = (now - start) / (double) TimeUnit.SECONDS.toNanos(1);
        return String.format(
                Locale.ROOT,
                ", %.1f/%.1f MiB, %.1f MiB/s",
                bytes / MEBIBYTE,
                allBytes / MEBIBYTE,
                bytes / MEBIBYTE / Math.max(seconds, 0.001));
    }

    /** Prints another line on standard error. */
    synchronized void print(String text) {
        hide();
        System.err.println(text);
    }

    /** Erases the line before other output. */
    synchronized void hide() {
        if (onScreen) {
            System.err.print(ERASE_LINE);
            System.err.flush();
            onScreen = false;
        }
    }
}
