package org.ecryptfsj.daemon.request;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.Message;
import org.ecryptfsj.netlink.Reply;
import org.ecryptfsj.netlink.Request;
import org.ecryptfsj.netlink.StaleReplyException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request, from its read to its reply.
 *
 * <pre>
 *              release          resume
 *   RUNNING ------------> WAITING ------> RUNNING
 *      |                     |
 *      | complete            | complete
 *      | by another thread   |
 *      v                     v
 *   ABANDONED ----------> COMPLETED  (also: RUNNING, complete by the thread that works on it)
 *              complete
 *              or release
 * </pre>
 *
 * <p>The first {@link #complete} sends the reply: the key module's, one for a limit that has passed, or one for the end of the
 * daemon. Later ones send nothing. The request's secrets are wiped in state COMPLETED, when no thread works on it.
 */
final class PendingRequest {
    private static final Logger LOG = LoggerFactory.getLogger(PendingRequest.class);

    private enum State {
        /** A thread works on it. */
        RUNNING,
        /** No thread works on it yet. */
        WAITING,
        /** The reply is sent, and a thread still works on it. */
        ABANDONED,
        /** The reply is sent, and no thread works on it any more. */
        COMPLETED
    }

    private final KernelChannel channel;
    private final Message message;
    private final RequestMetrics metrics;
    private final long received;
    private final Runnable afterReply;

    private State state = State.RUNNING;
    private Thread worker = Thread.currentThread();
    private Optional<KeyOperation> operation = Optional.empty();
    private List<Runnable> completionActions = List.of();

    /**
     * A request in state RUNNING, which the calling thread works on.
     *
     * @param message owned by this
     * @param received time of the read, by System.nanoTime
     * @param afterReply run after the reply was sent, or could not be sent
     */
    PendingRequest(KernelChannel channel, Message message, long received, RequestMetrics metrics, Runnable afterReply) {
        this.channel = channel;
        this.message = message;
        this.received = received;
        this.metrics = metrics;
        this.afterReply = afterReply;
        metrics.received(this);
    }

    /** What the kernel asks. */
    Request request() {
        return message.request();
    }

    /** Signature of the requested key; empty if the request is malformed. */
    Optional<Signature> signature() {
        if (request() instanceof Request.Tag64Request open) {
            return Optional.of(open.signature());
        }
        return request() instanceof Request.Tag66Request create ? Optional.of(create.signature()) : Optional.empty();
    }

    /** Nanoseconds left of a limit that began with the read; negative once it has passed. */
    long nanosLeft(long limit) {
        return limit - (System.nanoTime() - received);
    }

    /** The operation, once it was {@linkplain #prepare prepared}. */
    synchronized KeyOperation operation() {
        return operation.orElseThrow();
    }

    /** Sets the operation; it is closed with the request. */
    synchronized void prepare(KeyOperation prepared) {
        operation = Optional.of(prepared);
    }

    /** Whether the reply was sent. */
    synchronized boolean isCompleted() {
        return state == State.ABANDONED || state == State.COMPLETED;
    }

    /** Adds an action that is run when the request is completed; runs it at once if it is already. */
    void whenCompleted(Runnable action) {
        synchronized (this) {
            if (!isCompleted()) {
                List<Runnable> actions = new ArrayList<>(completionActions);
                actions.add(action);
                completionActions = actions;
                return;
            }
        }
        action.run();
    }

    /** The calling thread, which works on the request, stops doing so. */
    synchronized void release() {
        if (state == State.RUNNING) {
            state = State.WAITING;
            worker = null;
        } else if (state == State.ABANDONED) {
            finishAbandoned();
            wipe();
        }
    }

    /**
     * The calling thread begins to work on the request.
     *
     * @return false if the request is completed
     */
    synchronized boolean resume() {
        if (state != State.WAITING) {
            return false;
        }
        state = State.RUNNING;
        worker = Thread.currentThread();
        return true;
    }

    /**
     * Ends the request: sends its reply, unless an earlier call did. A thread that works on it is interrupted, unless it is the
     * calling one.
     *
     * @param outcome closed by this method
     */
    void complete(Outcome outcome) {
        State before;
        List<Runnable> actions;
        synchronized (this) {
            before = state;
            actions = completionActions;
            boolean atWork = worker != null && worker != Thread.currentThread();
            if (atWork) {
                state = State.ABANDONED;
            } else if (state == State.ABANDONED) {
                finishAbandoned();
            } else {
                state = State.COMPLETED;
                worker = null;
            }
        }
        boolean first = before == State.RUNNING || before == State.WAITING;
        try (outcome) {
            if (first) {
                long nanos = System.nanoTime() - received;
                actions.forEach(Runnable::run);
                // Counted before the reply, so that a program that has its reply finds it in the status.
                metrics.completed(this, outcome, nanos);
                channel.reply(
                        message,
                        outcome instanceof Outcome.Success success ? success.reply() : Reply.failureOf(request()));
                log(outcome, nanos);
            } else if (outcome instanceof Outcome.Failure failure && failure.cause() == Outcome.Cause.DEFECT) {
                log(outcome, 0);
            }
        } catch (StaleReplyException e) {
            metrics.late();
            LOG.info("{}: reply discarded by the kernel: the program no longer waits for it", this);
        } catch (LinuxException e) {
            metrics.late();
            LOG.error("{}: reply not sent: {}", this, e.getMessage());
        } finally {
            endCompletion(before, first);
        }
    }

    private void endCompletion(State before, boolean first) {
        synchronized (this) {
            if (state == State.ABANDONED && first) {
                worker.interrupt();
            } else if (state == State.COMPLETED && before != State.COMPLETED) {
                wipe();
            }
        }
        if (first) {
            afterReply.run();
        }
    }

    /** To be called by the thread that works on the request. */
    private void finishAbandoned() {
        // The interruption was meant for this request only.
        Thread.interrupted();
        state = State.COMPLETED;
        worker = null;
    }

    private void wipe() {
        message.close();
        operation.ifPresent(KeyOperation::close);
    }

    private void log(Outcome outcome, long nanos) {
        if (outcome instanceof Outcome.Failure failure) {
            Throwable exception = failure.exception().orElse(null);
            switch (failure.cause()) {
                case DEFECT -> LOG.error("{} failed: {}", this, failure.explanation(), exception);
                // ModuleExecutor logs one line for all requests of a stalled module.
                case STALLED -> LOG.debug("{} failed: {}", this, failure.explanation());
                case FAILED, MALFORMED, TIMED_OUT -> {
                    LOG.warn("{} failed: {}", this, failure.explanation());
                    LOG.debug("{}: cause", this, exception);
                }
            }
        } else {
            LOG.debug("{}: answered in {} us", this, nanos / 1000);
        }
    }

    /** Identifies the request in log lines. */
    @Override
    public String toString() {
        String kind = request() instanceof Request.Tag64Request
                ? "open"
                : request() instanceof Request.Tag66Request ? "create" : "malformed";
        return "request " + Integer.toUnsignedString(message.counter()) + " (" + kind
                + signature().map(s -> ", key " + s).orElse("") + ")";
    }
}
