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
    /** How long {@link #forget} and {@link #close} wait for a task under way: the TPM may hang. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** With a thread ends its stack, on which libtspi leaves pieces of keys. */
    private static final int IDLE_SECONDS = 1;

    private final TpmSession session;
    private final TpmStatus status;
    private final ThreadPoolExecutor thread;
    private volatile boolean forgetFirst;

    /** @param queue how many tasks may wait */
    TpmExecutor(TpmSession session, TpmStatus status, int queue) {
        this.session = session;
        this.status = status;
        this.thread = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queue), TpmExecutor::named);
        thread.allowCoreThreadTimeOut(true);
    }

    private static Thread named(Runnable work) {
        Thread lane = new Thread(work, "tpm-lane");
        lane.setDaemon(true);
        return lane;
    }

    /**
     * Has the task done, and waits for it. The task is released, whatever happens.
     *
     * @throws KeyModuleException what the task throws; BUSY if the queue is full; TIMED_OUT if this thread is interrupted,
     *     and it stays interrupted
     */
    <T> T run(TpmTask<T> task) throws KeyModuleException {
        TpmFuture<T> ticket = new TpmFuture<>(task, this);
        if (!submit(ticket)) {
            throw thread.isShutdown() ? closed() : busy();
        }
        try {
            return ticket.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return outcomeOrLeave(ticket, e);
        }
    }

    /**
     * Like {@link #run(TpmTask)}, and waits no longer than that.
     *
     * @throws KeyModuleException TIMED_OUT also when the time is over
     */
    <T> T run(TpmTask<T> task, Duration limit) throws KeyModuleException {
        TpmFuture<T> ticket = new TpmFuture<>(task, this);
        if (!submit(ticket)) {
            throw thread.isShutdown() ? closed() : busy();
        }
        try {
            return ticket.await(limit) ? ticket.outcome() : outcomeOrLeave(ticket, null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return outcomeOrLeave(ticket, e);
        }
    }

    /**
     * Drops the context and the loaded keys before anything else is done. Returns when that has happened, or, if the TPM
     * hangs or this thread is interrupted, before: then it happens when the TPM answers.
     */
    void forget() {
        if (thread.getTaskCount() == 0) {
            return;
        }
        forgetFirst = true;
        TpmFuture<Boolean> drop = new TpmFuture<>(new TpmTask.Drop(), this);
        try {
            if (submit(drop)) {
                drop.await(PATIENCE);
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
        forget();
        thread.shutdown();
        List<Runnable> waiting = new ArrayList<>();
        thread.getQueue().drainTo(waiting);
        waiting.forEach(ticket -> ((TpmFuture<?>) ticket).refuse(closed()));
    }

    TpmSession session() {
        return session;
    }

    TpmStatus status() {
        return status;
    }

    /** Called by the lane's thread before each task. */
    void prepare() {
        if (forgetFirst) {
            forgetFirst = false;
            session.forget();
        }
    }

    /** Whether the ticket was taken; if not, its task is released. */
    private boolean submit(TpmFuture<?> ticket) {
        try {
            thread.execute(ticket);
            return true;
        } catch (RejectedExecutionException e) {
            ticket.leave();
            return false;
        }
    }

    /** @param cause null if the time was over */
    private <T> T outcomeOrLeave(TpmFuture<T> ticket, InterruptedException cause) throws KeyModuleException {
        if (!ticket.leave()) {
            return ticket.outcome();
        }
        thread.remove(ticket);
        throw new KeyModuleException(
                Reason.TIMED_OUT,
                "no time was left to " + ticket.name() + "; the TPM is at work on: "
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
