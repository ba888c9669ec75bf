package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/**
 * A task in the executor's queue, for which a caller waits. Either the task finishes while the caller waits, or the caller
 * cancels first; both are decided atomically.
 */
final class TpmFuture<T> implements Runnable {
    private enum State {
        WAITING,
        RUNNING,
        FINISHED,
        /** The caller cancelled before the task started: it will not start. */
        CANCELLED,
        /** The caller cancelled while the task ran: its result is discarded. */
        ABANDONED
    }

    private final TpmTask<T> task;
    private final TpmExecutor executor;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final CountDownLatch done = new CountDownLatch(1);
    private Optional<T> result = Optional.empty();
    private Optional<KeyModuleException> failure = Optional.empty();

    TpmFuture(TpmTask<T> task, TpmExecutor executor) {
        this.task = task;
        this.executor = executor;
    }

    String name() {
        return task.name();
    }

    /** Runs on the executor's thread. Every exception is passed to the caller, who would otherwise wait for ever. */
    @Override
    public void run() {
        if (!state.compareAndSet(State.WAITING, State.RUNNING)) {
            return;
        }
        executor.status().taskStarted(task.name());
        try {
            synchronized (TpmExecutor.ONE_AT_A_TIME) {
                executor.resetIfRequested();
                result = Optional.of(task.run(executor.session()));
            }
        } catch (KeyModuleException e) {
            failure = Optional.of(e);
        } catch (Throwable e) {
            failure = Optional.of(unexpected(e));
        } finally {
            task.release();
        }
        if (!state.compareAndSet(State.RUNNING, State.FINISHED)) {
            discard();
        }
        executor.status().taskEnded(failure);
        done.countDown();
    }

    /** Waits without limit. */
    T await() throws InterruptedException, KeyModuleException {
        done.await();
        return outcome();
    }

    /** Waits until the limit; false if the task has not finished. */
    boolean await(Duration limit) throws InterruptedException {
        return done.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The result of a finished task. */
    T outcome() throws KeyModuleException {
        if (failure.isPresent()) {
            throw failure.get();
        }
        return result.orElseThrow();
    }

    /** Cancels the task. False if it has finished before; then its outcome is valid. */
    boolean cancel() {
        if (state.compareAndSet(State.WAITING, State.CANCELLED)) {
            task.release();
            return true;
        }
        return state.compareAndSet(State.RUNNING, State.ABANDONED);
    }

    /** Fails a task that will not start. */
    void fail(KeyModuleException why) {
        if (state.compareAndSet(State.WAITING, State.FINISHED)) {
            failure = Optional.of(why);
            task.release();
            done.countDown();
        }
    }

    private void discard() {
        if (result.isPresent()) {
            try {
                task.discard(result.get(), executor.session());
            } catch (KeyModuleException e) {
                failure = Optional.of(e);
            }
        }
    }

    private KeyModuleException unexpected(Throwable e) {
        return new KeyModuleException(
                Reason.FAILED, "internal error: cannot " + task.name() + ": " + e.getMessage(), "", 0, e);
    }
}
