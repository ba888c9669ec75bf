package org.ecryptfsj.keymodule.tspi;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/**
 * A task in the lane, and the caller who waits for it. Exactly one of them has the last word: the task, by finishing while
 * the caller waits, or the caller, by leaving first.
 */
final class TpmFuture<T> implements Runnable {
    private enum State {
        WAITING,
        RUNNING,
        FINISHED,
        /** The caller left before the task began: it never will. */
        WITHDRAWN,
        /** The caller left while the task ran: its result is for nobody. */
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

    /** On the lane's thread. Whatever is thrown goes to the caller, who would wait for ever otherwise. */
    @Override
    public void run() {
        if (!state.compareAndSet(State.WAITING, State.RUNNING)) {
            return;
        }
        executor.status().taskStarted(task.name());
        try {
            executor.resetIfRequested();
            result = Optional.of(task.run(executor.session()));
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

    /** Waits for at most that long. */
    boolean await(Duration limit) throws InterruptedException {
        return done.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** What came of a finished task. */
    T outcome() throws KeyModuleException {
        if (failure.isPresent()) {
            throw failure.get();
        }
        return result.orElseThrow();
    }

    /** The caller waits no longer. False if the task has finished meanwhile, and its outcome is to be taken. */
    boolean cancel() {
        if (state.compareAndSet(State.WAITING, State.WITHDRAWN)) {
            task.release();
            return true;
        }
        return state.compareAndSet(State.RUNNING, State.ABANDONED);
    }

    /** Ends a task that will not begin. */
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
        return new KeyModuleException(Reason.FAILED, "could not " + task.name() + ": " + e.getMessage(), "", 0, e);
    }
}
