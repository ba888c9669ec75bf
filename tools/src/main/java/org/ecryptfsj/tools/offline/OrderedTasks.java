package org.ecryptfsj.tools.offline;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * Runs tasks on several threads. Their completions run on the calling thread, one after the other, in the order in which the
 * tasks were added. A bounded number of tasks waits for its completion: adding another one completes the first. With one thread
 * there is no other than the calling one, and each task is run and completed when it is added.
 *
 * <p>Used by one thread.
 */
final class OrderedTasks implements AutoCloseable {
    /** Maximum number of threads. */
    static final int MAX_THREADS = 64;

    /** Maximum number of tasks that are not completed: each one can have two files open. */
    static final int MAX_PENDING = 128;

    private static final int PENDING_PER_THREAD = 16;

    private final int threads;
    private final Optional<ExecutorService> executor;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private volatile boolean stopped;

    /** @param threads 1 to {@value #MAX_THREADS} */
    OrderedTasks(int threads) {
        this.threads = threads;
        this.executor = threads == 1 ? Optional.empty() : Optional.of(executor(threads));
    }

    private static ExecutorService executor(int threads) {
        AtomicInteger number = new AtomicInteger();
        return Executors.newFixedThreadPool(threads, work -> {
            Thread thread = new Thread(work, "file-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** A task. */
    interface Task {
        /** Does the work, on any thread. A failure that concerns only the task is kept for its completion. */
        void run();

        /** Completes it, on the thread that added it. Releases what it holds, also if this fails. */
        void complete() throws ToolFailure;

        /** Releases what it holds; called in the place of {@link #complete} if the whole run has failed. */
        void discard();
    }

    /** What is done on the calling thread when the tasks before are complete. */
    @FunctionalInterface
    interface Completion {
        /** Does it. Releases what it holds, also if this fails. */
        void run() throws ToolFailure;

        /** Releases what it holds; called in the place of {@link #run} if the whole run has failed. */
        default void discard() {}
    }

    private record Pending(Task task, Future<?> done) {}

    private record CompletionOnly(Completion completion) implements Task {
        @Override
        public void run() {}

        @Override
        public void complete() throws ToolFailure {
            completion.run();
        }

        @Override
        public void discard() {
            completion.discard();
        }
    }

    /** The number of threads. */
    int threads() {
        return threads;
    }

    /**
     * Adds a task, and completes earlier ones.
     *
     * @param task discarded if this throws
     * @throws ToolFailure of a completion: the run ends
     */
    void add(Task task) throws ToolFailure {
        if (executor.isEmpty()) {
            task.run();
            task.complete();
            return;
        }
        ExecutorService threadPool = executor.get();
        add(
                task,
                () -> threadPool.submit(() -> {
                    requireRunning();
                    task.run();
                }));
    }

    /**
     * Runs a completion behind those of all earlier tasks.
     *
     * @param completion discarded if another one throws
     * @throws ToolFailure of a completion: the run ends
     */
    void then(Completion completion) throws ToolFailure {
        if (pending.isEmpty()) {
            completion.run();
        } else {
            add(new CompletionOnly(completion), () -> CompletableFuture.completedFuture(null));
        }
    }

    /** Begins a task. */
    private interface Start {
        Future<?> begin();
    }

    private void add(Task task, Start start) throws ToolFailure {
        boolean added = false;
        try {
            while (pending.size() >= Math.min(MAX_PENDING, threads * PENDING_PER_THREAD)) {
                completeFirst();
            }
            pending.add(new Pending(task, start.begin()));
            added = true;
        } finally {
            if (!added) {
                task.discard();
            }
        }
        while (!pending.isEmpty() && pending.getFirst().done().isDone()) {
            completeFirst();
        }
    }

    /**
     * Completes all tasks.
     *
     * @throws ToolFailure of a completion: the run ends
     */
    void finish() throws ToolFailure {
        while (!pending.isEmpty()) {
            completeFirst();
        }
    }

    private void completeFirst() throws ToolFailure {
        Pending first = pending.removeFirst();
        boolean ran = false;
        try {
            await(first.done());
            ran = true;
        } finally {
            if (!ran) {
                first.task().discard();
            }
        }
        first.task().complete();
    }

    private static void await(Future<?> done) {
        try {
            done.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while a file was being read");
        }
    }

    /** Runs work on another thread, if one is free before the tasks that wait are begun; only by a task that is running. */
    void offer(Runnable work) {
        executor.ifPresent(threadPool -> threadPool.execute(work));
    }

    /**
     * Called in between by a task that takes long.
     *
     * @throws CancellationException if the whole run has failed
     */
    void requireRunning() {
        if (stopped) {
            throw new CancellationException("another file ended the run");
        }
    }

    /** Stops the threads. Tasks that are not completed are discarded. */
    @Override
    public void close() {
        stopped = true;
        executor.ifPresent(ExecutorService::shutdown);
        while (!pending.isEmpty()) {
            Pending first = pending.removeFirst();
            try {
                await(first.done());
            } catch (RuntimeException | Error e) {
                System.getLogger(OrderedTasks.class.getName())
                        .log(System.Logger.Level.DEBUG, "a task was stopped, because the run has failed", e);
            }
            first.task().discard();
        }
    }
}
