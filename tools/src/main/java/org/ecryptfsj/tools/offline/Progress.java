package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A line on standard error that shows how far a decryption is. */
final class Progress {
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
    private boolean onScreen;

    Progress(boolean shown) {
        this.shown = shown;
    }

    /** Looks how much there is to do. */
    void measure(Path tree) throws IOException {
        if (!shown) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                allFiles++;
                allBytes += attributes.isRegularFile() ? attributes.size() : 0;
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE; // told when its turn comes
            }
        });
    }

    /** Some bytes are done. */
    void advance(long count) {
        bytes += count;
        show();
    }

    /** A file is done, or has failed. */
    void fileDone() {
        files++;
        show();
    }

    private void show() {
        long now = System.nanoTime();
        if (!shown || now - lastShown < EVERY_NANOS) {
            return;
        }
        lastShown = now;
        double part = allBytes == 0 ? 1 : Math.min(1, bytes / (double) allBytes);
        int full = (int) (part * BAR_WIDTH);
        double seconds = (now - start) / (double) TimeUnit.SECONDS.toNanos(1);
        System.err.print(ERASE_LINE + "[" + "#".repeat(full) + ".".repeat(BAR_WIDTH - full) + "] "
                + String.format(
                        Locale.ROOT,
                        "%d/%d files, %.1f/%.1f MiB, %.1f MiB/s",
                        files,
                        allFiles,
                        bytes / MEBIBYTE,
                        allBytes / MEBIBYTE,
                        bytes / MEBIBYTE / Math.max(seconds, 0.001)));
        onScreen = true;
    }

    /** Takes the line away, so that something else can be printed. */
    void hide() {
        if (onScreen) {
            System.err.print(ERASE_LINE);
            System.err.flush();
            onScreen = false;
        }
    }
}
