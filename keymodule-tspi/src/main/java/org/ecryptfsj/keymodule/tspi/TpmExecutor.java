package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/**
 * Runs the TPM's operations on one thread, with a bounded queue. TrouSerS fails if several contexts load keys at the same time,
 * and a TPM runs one command at a time anyway (docs/spec/tspi.md, section 4).
 *
 * <p>Any thread may call {@link #run}, and waits there. If a caller is interrupted, its task is removed from the queue, or, if it
 * is running, its result is discarded when it ends. The thread starts with a task, and ends after a second without tasks; there is
 * never more than one.
 */
final class TpmExecutor implements AutoCloseable {
    /** The longest wait of {@link #reset} and {@link #close} for a running task: the TPM may hang. */
    private static final Duration RESET_LIMIT = Duration.ofSeconds(2);

    /** An idle thread ends soon, because libtspi leaves parts of keys on its stack. */
    private static final int IDLE_SECONDS = 1;

    /** Held by the running task: a process may have an executor of the key module and one of the protector. */
    static final Object ONE_AT_A_TIME = new Object();

    private final TpmSession session;
    private final TpmStatus status;
    private final ThreadPoolExecutor thread;
    private volatile boolean resetFirst;

    /** @param queue the largest number of waiting tasks */
    TpmExecutor(TpmSession session, TpmStatus status, int queue) {
        this.session = session;
        this.status = status;
        this.thread = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queue), TpmExecutor::newThread);
        thread.allowCoreThreadTimeOut(true);
    }

    /** An executor of this configuration; closed by the caller. */
    static TpmExecutor of(TspiSettings settings) {
        TpmStatus status = new TpmStatus();
        return new TpmExecutor(new TpmSession(settings, status), status, settings.queue());
    }

    private static Thread newThread(Runnable work) {
        Thread thread = new Thread(work, "tpm-executor");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Runs a task and waits for its result. The task is always released.
     *
     * @throws KeyModuleException what the task throws; BUSY if the queue is full; TIMED_OUT if this thread is interrupted,
     *     and it stays interrupted
     */
    <T> T run(TpmTask<T> task) throws KeyModuleException {
        TpmFuture<T> future = new TpmFuture<>(task, this);
        if (!submit(future)) {
            throw thread.isShutdown() ? closed() : busy();
        }
        try {
            return future.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return outcomeOrCancel(future, e);
        }
    }

    /**
     * Like {@link #run(TpmTask)}, with a time limit.
     *
     * @throws KeyModuleException TIMED_OUT also when the limit is reached
     */
    <T> T run(TpmTask<T> task, Duration limit) throws KeyModuleException {
        TpmFuture<T> future = new TpmFuture<>(task, this);
        if (!submit(future)) {
            throw thread.isShutdown() ? closed() : busy();
        }
        try {
            return future.await(limit) ? future.outcome() : outcomeOrCancel(future, null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return outcomeOrCancel(future, e);
        }
    }

    /**
     * Closes the context with the loaded keys before the next task. Returns when that is done. If the TPM hangs or this thread is
     * interrupted it returns earlier, and the context is closed when the TPM answers.
     */
    void reset() {
        if (thread.getTaskCount() == 0) {
            return;
        }
        resetFirst = true;
        TpmFuture<Boolean> resetTask = new TpmFuture<>(new TpmTask.Reset(), this);
        try {
            if (submit(resetTask)) {
                resetTask.await(RESET_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The executor's state by name, for an administrator. */
    Map<String, String> describe() {
        return status.describe(thread.getQueue().size());
    }

    /** Closes the context and ends the thread. Waiting tasks fail. */
    @Override
    public void close() {
        reset();
        thread.shutdown();
        List<Runnable> waiting = new ArrayList<>();
        thread.getQueue().drainTo(waiting);
        waiting.forEach(future -> ((TpmFuture<?>) future).fail(closed()));
    }

    TpmSession session() {
        return session;
    }

    TpmStatus status() {
        return status;
    }

    /** Called on the executor's thread before each task. */
    void resetIfRequested() {
        if (resetFirst) {
            resetFirst = false;
            session.reset();
        }
    }

    /** Whether the task was queued; if not, it is released. */
    private boolean submit(TpmFuture<?> future) {
        try {
            thread.execute(future);
            return true;
        } catch (RejectedExecutionException e) {
            future.cancel();
            return false;
        }
    }

    /** @param cause null if the time limit was reached */
    private <T> T outcomeOrCancel(TpmFuture<T> future, InterruptedException cause) throws KeyModuleException {
        if (!future.cancel()) {
            return future.outcome();
        }
        thread.remove(future);
        throw new KeyModuleException(
                Reason.TIMED_OUT,
                "timed out: cannot " + future.name() + "; the TPM's current operation: "
                        + status.running().orElse("none"),
                "If the TPM does not finish this operation, restart tcsd.",
                0,
                cause);
    }

    private KeyModuleException busy() {
        return new KeyModuleException(
                Reason.BUSY,
                thread.getQueue().size()
                        + " requests are waiting for the TPM, which is the limit; the TPM's current operation: "
                        + status.running().orElse("none"),
                "Try again later. If the TPM does not finish this operation, restart tcsd.");
    }

    private static KeyModuleException closed() {
        return new KeyModuleException(Reason.SERVICE_UNAVAILABLE, "the tspi key module was closed", "");
    }
}
