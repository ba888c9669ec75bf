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
 * The one thread that talks to the TPM, and the queue in front of it. TrouSerS fails when several contexts load keys at once,
 * and a TPM does one thing at a time anyway (docs/spec/tspi.md, section 4).
 *
 * <p>Any thread may call {@link #run}, and waits there. A caller that is interrupted leaves: its task is taken out of the
 * queue, or, if the TPM is at it, ends alone and cleans up after itself. The thread starts with a task, and ends when there was none
 * for a second: there is never more than one.
 */
final class TpmExecutor implements AutoCloseable {
    /** How long {@link #reset} and {@link #close} wait for a task under way: the TPM may hang. */
    private static final Duration RESET_LIMIT = Duration.ofSeconds(2);

    /** With a thread ends its stack, on which libtspi leaves pieces of keys. */
    private static final int IDLE_SECONDS = 1;

    private final TpmSession session;
    private final TpmStatus status;
    private final ThreadPoolExecutor thread;
    private volatile boolean resetFirst;

    /** @param queue how many tasks may wait */
    TpmExecutor(TpmSession session, TpmStatus status, int queue) {
        this.session = session;
        this.status = status;
        this.thread = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queue), TpmExecutor::newThread);
        thread.allowCoreThreadTimeOut(true);
    }

    private static Thread newThread(Runnable work) {
        Thread executor = new Thread(work, "tpm-lane");
        executor.setDaemon(true);
        return executor;
    }

    /**
     * Has the task done, and waits for it. The task is released, whatever happens.
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
     * Like {@link #run(TpmTask)}, and waits no longer than that.
     *
     * @throws KeyModuleException TIMED_OUT also when the time is over
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
     * Drops the context and the loaded keys before anything else is done. Returns when that has happened, or, if the TPM
     * hangs or this thread is interrupted, before: then it happens when the TPM answers.
     */
    void reset() {
        if (thread.getTaskCount() == 0) {
            return;
        }
        resetFirst = true;
        TpmFuture<Boolean> drop = new TpmFuture<>(new TpmTask.Reset(), this);
        try {
            if (submit(drop)) {
                drop.await(RESET_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The lane's state by name, for people. */
    Map<String, String> describe() {
        return status.describe(thread.getQueue().size());
    }

    /** Drops everything and ends the thread. Tasks that still wait fail. */
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

    /** Called by the lane's thread before each task. */
    void resetIfRequested() {
        if (resetFirst) {
            resetFirst = false;
            session.reset();
        }
    }

    /** Whether the ticket was taken; if not, its task is released. */
    private boolean submit(TpmFuture<?> future) {
        try {
            thread.execute(future);
            return true;
        } catch (RejectedExecutionException e) {
            future.cancel();
            return false;
        }
    }

    /** @param cause null if the time was over */
    private <T> T outcomeOrCancel(TpmFuture<T> future, InterruptedException cause) throws KeyModuleException {
        if (!future.cancel()) {
            return future.outcome();
        }
        thread.remove(future);
        throw new KeyModuleException(
                Reason.TIMED_OUT,
                "no time was left to " + future.name() + "; the TPM is at work on: "
                        + status.running().orElse("nothing"),
                "If the TPM is at the same thing for long, restart tcsd.",
                0,
                cause);
    }

    private KeyModuleException busy() {
        return new KeyModuleException(
                Reason.BUSY,
                thread.getQueue().size() + " requests wait for the TPM already; it is at work on: "
                        + status.running().orElse("nothing"),
                "Try again later; if the TPM is at the same thing for long, restart tcsd.");
    }

    private static KeyModuleException closed() {
        return new KeyModuleException(Reason.SERVICE_UNAVAILABLE, "the tspi key module was closed", "");
    }
}
