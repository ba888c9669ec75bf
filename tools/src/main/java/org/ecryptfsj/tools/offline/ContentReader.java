package org.ecryptfsj.tools.offline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import org.ecryptfsj.lower.DecryptedContent;

/**
 * Reads decrypted contents: those of a large file in pieces, on all threads that have nothing else to do. Used by several threads.
 */
final class ContentReader {
    /** A multiple of the buffer, and so of a hole in {@link PartialFile}. */
    static final int PIECE_BYTES = 1 << 18;

    private static final int BUFFER_BYTES = 65536;

    private static final ThreadLocal<ByteBuffer> BUFFER =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

    private final OrderedTasks tasks;

    ContentReader(OrderedTasks tasks) {
        this.tasks = tasks;
    }

    /** Takes the bytes at a position, in any order of positions, on several threads. */
    @FunctionalInterface
    interface Sink {
        void write(long position, ByteBuffer bytes) throws IOException;
    }

    /** A direct buffer that may be used during one call. */
    static ByteBuffer buffer() {
        return BUFFER.get().clear();
    }

    /**
     * Reads all contents; holes are left out.
     *
     * @param contents closed by the caller, and not used by another thread when this returns
     * @return the number of extents that are missing
     * @throws IOException of the first position that fails
     */
    long read(DecryptedContent contents, Sink sink) throws IOException {
        if (tasks.threads() == 1 || contents.size() <= PIECE_BYTES) {
            read(contents, 0, contents.size(), sink);
            return contents.missingExtents();
        }
        PieceQueue queue = new PieceQueue(contents, sink);
        for (int helpers = 1; helpers < Math.min(tasks.threads(), queue.pieces); helpers++) {
            tasks.offer(queue::help);
        }
        return queue.finish();
    }

    private void read(DecryptedContent contents, long from, long end, Sink sink) throws IOException {
        long at = from;
        while (at < end) {
            tasks.requireRunning();
            long data = contents.nextData(at, end);
            ByteBuffer buffer = buffer();
            contents.read(data, buffer.limit((int) Math.min(buffer.capacity(), end - data)));
            at = data + buffer.flip().remaining();
            sink.write(data, buffer);
        }
    }

    /** The pieces of one file. Each thread takes the next one until none is left or one has failed. */
    private final class PieceQueue {
        private final DecryptedContent contents;
        private final long pieces;
        private final Sink sink;
        private long next;
        private long missingExtents;
        private int helping;
        private Optional<Throwable> failure = Optional.empty();
        private long failedPiece;

        PieceQueue(DecryptedContent contents, Sink sink) {
            this.contents = contents;
            this.pieces = (contents.size() - 1) / PIECE_BYTES + 1;
            this.sink = sink;
        }

        /** Another thread's part. It can begin when all is done and the contents are closed; then it has nothing to do. */
        void help() {
            if (!beginToHelp()) {
                return;
            }
            try (DecryptedContent copy = contents.copy()) {
                readPieces(copy);
            } catch (RuntimeException e) {
                fail(pieces, e);
            } finally {
                endHelp();
            }
        }

        /** The part of the thread that reads the file; waits for those that help. */
        long finish() throws IOException {
            readPieces(contents);
            awaitHelp();
            if (failure.isPresent()) {
                throwFailure(failure.get());
            }
            return missingExtents;
        }

        private void throwFailure(Throwable thrown) throws IOException {
            if (thrown instanceof IOException e) {
                throw e;
            }
            if (thrown instanceof Error e) {
                throw e;
            }
            throw (RuntimeException) thrown;
        }

        private void readPieces(DecryptedContent reader) {
            OptionalLong from = take(reader);
            while (from.isPresent()) {
                long piece = from.getAsLong() / PIECE_BYTES;
                long start = piece * PIECE_BYTES;
                try {
                    long end = start + Math.min(PIECE_BYTES, contents.size() - start);
                    read(reader, from.getAsLong(), end, sink);
                } catch (IOException | RuntimeException | Error e) {
                    fail(piece, e);
                }
                from = take(reader);
            }
            addMissing(reader.missingExtents());
        }

        /** The position of the next data, not in a hole, in a piece that no thread has. */
        private synchronized OptionalLong take(DecryptedContent reader) {
            if (next >= pieces) {
                return OptionalLong.empty();
            }
            try {
                long data = reader.nextData(next * PIECE_BYTES, contents.size());
                next = data < contents.size() ? data / PIECE_BYTES + 1 : pieces;
                return data < contents.size() ? OptionalLong.of(data) : OptionalLong.empty();
            } catch (IOException | RuntimeException e) {
                fail(next, e);
                return OptionalLong.empty();
            }
        }

        private synchronized boolean beginToHelp() {
            if (next >= pieces) {
                return false;
            }
            helping++;
            return true;
        }

        private synchronized void endHelp() {
            helping--;
            notifyAll();
        }

        /** Pieces are taken in order: the first one that fails is among those taken already. */
        private synchronized void fail(long piece, Throwable thrown) {
            if (failure.isEmpty() || piece < failedPiece) {
                failure = Optional.of(thrown);
                failedPiece = piece;
            }
            next = pieces;
        }

        private synchronized void addMissing(long extents) {
            missingExtents += extents;
        }

        private synchronized void awaitHelp() {
            boolean interrupted = false;
            while (helping > 0) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
