package org.ecryptfsj.daemon.request;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.ecryptfsj.daemon.concurrent.DaemonThreads;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.MalformedAuthTokException;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.Message;
import org.ecryptfsj.netlink.Request;

/**
 * Answers requests: looks up the token in the keyring and its key module by alias, tries whether the module can answer without
 * waiting, and otherwise queues the request for the module's own threads. Every accepted request gets exactly one reply, at the
 * latest when its module has stalled or its deadline, if there is one, has passed.
 */
public final class RequestPipeline implements AutoCloseable {
    /** A thread's stack may hold parts of secrets, which disappear with the thread. */
    private static final long IDLE_SECONDS = 1;

    /**
     * Most requests whose reply is delayed, as many as a key module may have in its queue. A kernel has fewer contexts by default;
     * of a channel that sends more, the receiving thread answers the rest, and reads no further while the channel takes no replies.
     */
    static final int MOST_DELAYED = ModuleExecutor.MAX_QUEUED;

    /** Longest time by which a busy machine may be late in noticing that a limit has passed. */
    private static final Duration LIMIT_TOLERANCE = Duration.ofSeconds(2);

    /** Look-up of tokens. */
    @FunctionalInterface
    public interface TokenSource {
        /**
         * The token of a signature.
         *
         * @return closed by the caller; empty if there is no such key
         * @throws LinuxException if the key cannot be read
         * @throws MalformedAuthTokException if the key is not a token of that signature
         */
        Optional<AuthTok> find(Signature signature) throws LinuxException, MalformedAuthTokException;
    }

    private final KeyModules modules;
    private final TokenSource tokens;
    private final RequestMetrics metrics;
    private final RequestLimits limits;
    private final int threadsPerModule;
    private final LongSupplier replyDelay;
    private final Map<String, ModuleExecutor> executors = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("limits"));
    private final ScheduledThreadPoolExecutor delayed =
            new ScheduledThreadPoolExecutor(1, DaemonThreads.named("delayed"));
    private final ModuleExecutor.Timer stallTimer = new ModuleExecutor.Timer() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void schedule(Runnable action, long nanos) {
            var unused = timer.schedule(action, nanos, TimeUnit.NANOSECONDS);
        }
    };
    private final Object idle = new Object();
    private final Runnable afterReply = this::signalIfIdle;
    private volatile boolean stopping;

    /**
     * A pipeline that takes requests at once.
     *
     * @param modules closed by the caller, after this
     * @param tokens look-up of tokens
     * @param metrics counts every request
     * @param limits when a request is given up
     * @param threadsPerModule requests that a key module may process at once
     */
    public RequestPipeline(
            KeyModules modules,
            TokenSource tokens,
            RequestMetrics metrics,
            RequestLimits limits,
            int threadsPerModule) {
        this(modules, tokens, metrics, limits, threadsPerModule, new ReplyDelay());
    }

    /** @param replyDelay nanoseconds until a requester that may be awake is certainly asleep */
    RequestPipeline(
            KeyModules modules,
            TokenSource tokens,
            RequestMetrics metrics,
            RequestLimits limits,
            int threadsPerModule,
            LongSupplier replyDelay) {
        this.modules = modules;
        this.tokens = tokens;
        this.metrics = metrics;
        this.limits = limits;
        this.threadsPerModule = threadsPerModule;
        this.replyDelay = replyDelay;
        timer.setRemoveOnCancelPolicy(true);
        timer.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        delayed.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        delayed.allowCoreThreadTimeOut(true);
    }

    /** When a request is given up. */
    public RequestLimits limits() {
        return limits;
    }

    /** State of a key module. */
    public ModuleExecutor.Health health(KeyModule module) {
        return executor(module).health();
    }

    /** Number of requests received and not completed. */
    public int inFlight() {
        return metrics.inFlight().size();
    }

    /**
     * Takes over the message that was received last and ensures its reply; returns at once. To be called by the receiving
     * thread.
     *
     * @param channel source of the message, and destination of the reply
     */
    public void accept(KernelChannel channel, Message message) {
        PendingRequest request = new PendingRequest(channel, message, System.nanoTime(), metrics, afterReply);
        // While a reply is delayed, its requester may be the one that woke the receiver, and this one still be awake.
        int alreadyDelayed = delayed.getQueue().size();
        boolean mayBeAwake = channel.requesterMayBeAwake() || alreadyDelayed > 0;
        long delay = mayBeAwake && alreadyDelayed < MOST_DELAYED ? replyDelay.getAsLong() : 0;
        if (delay == 0 || !delay(request, delay)) {
            process(request);
        }
    }

    /**
     * Takes over a message that an earlier process has read.
     *
     * @param received time of the read, by System.nanoTime: a deadline counts from then; the stall limit counts from now
     * @param replied run after the reply was sent
     */
    public void recover(KernelChannel channel, Message message, long received, Runnable replied) {
        process(new PendingRequest(channel, message, received, metrics, () -> {
            signalIfIdle();
            replied.run();
        }));
    }

    /**
     * Takes over a message and replies with a failure.
     *
     * @param explanation for the log
     */
    public void refuse(KernelChannel channel, Message message, String explanation) {
        new PendingRequest(channel, message, System.nanoTime(), metrics, afterReply)
                .complete(Outcome.failure(Outcome.Cause.FAILED, explanation));
    }

    /** @return false if the pipeline is stopping, so that there is no time to wait */
    private boolean delay(PendingRequest request, long nanos) {
        request.release();
        try {
            var unused = delayed.schedule(() -> processDelayed(request), nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (RejectedExecutionException e) {
            return !request.resume();
        }
    }

    private void processDelayed(PendingRequest request) {
        if (request.resume()) {
            process(request);
        }
    }

    /** Looks up, tries at once, and queues what takes longer. */
    private void process(PendingRequest request) {
        try {
            Optional<Outcome> outcome = lookUp(request);
            if (outcome.isEmpty()) {
                outcome = request.operation().tryNow();
            }
            if (outcome.isPresent()) {
                request.complete(outcome.get());
            } else {
                request.release();
                enqueue(request);
            }
        } catch (KeyModuleException e) {
            request.complete(Outcome.failure(e));
        } catch (RuntimeException | Error e) {
            request.complete(Outcome.defect(e));
            if (e instanceof VirtualMachineError) {
                throw e;
            }
        }
    }

    /**
     * Prepares the operation that the request needs.
     *
     * @return a failure, if there is no such operation
     */
    private Optional<Outcome> lookUp(PendingRequest request) {
        if (request.request() instanceof Request.MalformedRequest malformed) {
            return Optional.of(Outcome.failure(Outcome.Cause.MALFORMED, "malformed: " + malformed.why()));
        }
        if (stopping) {
            return failed("the daemon is stopping");
        }
        AuthTok token;
        try {
            token = tokens.find(request.signature().orElseThrow()).orElse(null);
        } catch (LinuxException | MalformedAuthTokException e) {
            return failed("token in the keyring cannot be used: " + e.getMessage());
        }
        if (token == null) {
            return failed(
                    "no such key in the user keyring. What to do: mount again with this key; `keyctl show @u` lists"
                            + " the keys");
        }
        if (token instanceof AuthTok.PrivateKey key) {
            Optional<KeyModule> module = modules.byAlias(key.alias());
            if (module.isPresent()) {
                request.prepare(new KeyOperation(request.request(), key, module.get()));
                return Optional.empty();
            }
            token.close();
            return failed("key module " + key.alias() + " is not installed. What to do: install it");
        }
        token.close();
        return failed("the key is a passphrase token, which the kernel uses without the daemon");
    }

    private static Optional<Outcome> failed(String explanation) {
        return Optional.of(Outcome.failure(Outcome.Cause.FAILED, explanation));
    }

    /** Passes the request to its key module's threads, with a deadline if there is one. */
    private void enqueue(PendingRequest request) {
        ModuleExecutor executor = executor(request.operation().module());
        limits.deadline().ifPresent(deadline -> {
            Future<?> expiry = timer.schedule(
                    () -> executor.expire(
                            request,
                            Outcome.failure(
                                    Outcome.Cause.TIMED_OUT,
                                    "no reply within " + deadline.toMillis() + " ms, the deadline (--deadline)")),
                    request.nanosLeft(deadline.toNanos()),
                    TimeUnit.NANOSECONDS);
            request.whenCompleted(() -> expiry.cancel(false));
        });
        executor.execute(request);
    }

    private ModuleExecutor executor(KeyModule module) {
        return executors.computeIfAbsent(
                module.alias(), alias -> new ModuleExecutor(module, threadsPerModule, limits.stall(), stallTimer));
    }

    /** Repeats an action, until it throws, on the thread that enforces the limits. */
    public void repeat(Duration interval, Runnable action) {
        var unused = timer.scheduleAtFixedRate(action, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Whether a request has no reply although a limit has passed, which means that a thread of the daemon is stuck. */
    public boolean isOverdue() {
        boolean pastDeadline = limits.deadline()
                .map(limit -> limit.plus(LIMIT_TOLERANCE).toNanos())
                .filter(limit -> metrics.inFlight().stream().anyMatch(request -> request.nanosLeft(limit) < 0))
                .isPresent();
        return pastDeadline || executors.values().stream().anyMatch(executor -> executor.isOverdue(LIMIT_TOLERANCE));
    }

    /**
     * Takes no more requests, waits for those in progress, and fails those that are left when the time is over.
     *
     * @param grace time for key modules to finish
     */
    public void finish(Duration grace) {
        long end = System.nanoTime() + grace.toNanos();
        boolean interrupted = false;
        delayed.shutdown();
        try {
            var unused = delayed.awaitTermination(grace.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            end = System.nanoTime();
        }
        stopping = true;
        executors.values().forEach(ModuleExecutor::shutdown);
        for (ModuleExecutor executor : executors.values()) {
            try {
                if (!executor.awaitTermination(Math.max(0, end - System.nanoTime()))) {
                    failInFlight();
                    executor.shutdownNow();
                }
            } catch (InterruptedException e) {
                interrupted = true;
                end = System.nanoTime();
            }
        }
        failInFlight();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void failInFlight() {
        metrics.inFlight()
                .forEach(request ->
                        request.complete(Outcome.failure(Outcome.Cause.TIMED_OUT, "the daemon is stopping")));
    }

    /**
     * Waits until no request is in flight. What is left when the time is over stays unanswered.
     *
     * @param grace longest time to wait
     */
    public void awaitIdle(Duration grace) throws InterruptedException {
        long end = System.nanoTime() + grace.toNanos();
        synchronized (idle) {
            long left = grace.toNanos();
            while (inFlight() > 0 && left > 0) {
                TimeUnit.NANOSECONDS.timedWait(idle, left);
                left = end - System.nanoTime();
            }
        }
    }

    private void signalIfIdle() {
        if (inFlight() == 0) {
            synchronized (idle) {
                idle.notifyAll();
            }
        }
    }

    @Override
    public void close() {
        finish(Duration.ZERO);
        timer.shutdownNow();
    }
}
