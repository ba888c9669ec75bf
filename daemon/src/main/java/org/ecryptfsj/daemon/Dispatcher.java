package org.ecryptfsj.daemon;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.MalformedAuthTokException;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.Message;
import org.ecryptfsj.netlink.Request;

/**
 * Answers requests: finds the token in the keyring, its module by alias, and lets the module do the work on an executor of
 * the module's own; what a module can do at once is done at once. Whatever happens, every message handed to {@link #answer}
 * gets exactly one reply, at the latest when its module has stalled or its deadline, if there is one, passes.
 */
final class Dispatcher implements AutoCloseable {
    /** A thread's stack may hold a piece of what it worked with, and goes with the thread. */
    private static final long IDLE_SECONDS = 1;

    /** How late it may be noticed, on a busy machine, that a limit is passed. */
    private static final Duration SLACK = Duration.ofSeconds(2);

    /** Where tokens are found. */
    @FunctionalInterface
    interface Tokens {
        /** The token of that signature, closed by the caller. */
        Optional<AuthTok> find(Signature signature) throws LinuxException, MalformedAuthTokException;
    }

    private final KeyModules modules;
    private final Tokens tokens;
    private final Journal journal;
    private final int threadsPerModule;
    private final LongSupplier settlingTime;
    private final Map<String, ModuleExecutor> executors = new ConcurrentHashMap<>();
    private final Set<PendingRequest> pending = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, Threads.daemon("limits"));
    private final ScheduledThreadPoolExecutor postponed =
            new ScheduledThreadPoolExecutor(1, Threads.daemon("postponed"));
    private final RequestLimits limits;
    private final ModuleExecutor.Timer timer = new ModuleExecutor.Timer() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void schedule(Runnable action, long nanos) {
            var unused = clock.schedule(action, nanos, TimeUnit.NANOSECONDS);
        }
    };
    private volatile boolean stopping;
    private final Object noRequests = new Object();
    private final Runnable replied = this::noticeReply;

    Dispatcher(KeyModules modules, Tokens tokens, Journal journal, RequestLimits limits, int threadsPerModule) {
        this(modules, tokens, journal, limits, threadsPerModule, new SettlingTime());
    }

    /** @param settlingTime in nanoseconds, how long who has asked may take to fall asleep */
    Dispatcher(
            KeyModules modules,
            Tokens tokens,
            Journal journal,
            RequestLimits limits,
            int threadsPerModule,
            LongSupplier settlingTime) {
        this.settlingTime = settlingTime;
        this.modules = modules;
        this.tokens = tokens;
        this.journal = journal;
        this.limits = limits;
        this.threadsPerModule = threadsPerModule;
        clock.setRemoveOnCancelPolicy(true);
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        postponed.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        postponed.allowCoreThreadTimeOut(true);
    }

    /** When a request is given up. */
    RequestLimits limits() {
        return limits;
    }

    /** How a module is, by name, for people. */
    Map<String, Object> health(KeyModule module) {
        return executor(module).describe();
    }

    /** Requests taken and not yet answered. */
    int inFlight() {
        return pending.size();
    }

    /**
     * Takes over the message that was received last and sees to its reply; returns at once.
     *
     * @param channel where it came from and the reply goes
     */
    void answer(KernelChannel channel, Message message) {
        PendingRequest request = new PendingRequest(channel, message, journal, pending, System.nanoTime(), replied);
        // One whose request was found may wake us only now: then it was not the one whose request comes next.
        boolean unsettled = channel.unsettled() || !postponed.getQueue().isEmpty();
        long settling = unsettled ? settlingTime.getAsLong() : 0;
        if (settling == 0 || !postpone(request, settling)) {
            seeTo(request);
        }
    }

    /**
     * The same for a message that was read earlier.
     *
     * @param received when, by System.nanoTime: a deadline counts from then; the stall limit counts from now
     * @param afterwards what is done once there was a reply
     */
    void answer(KernelChannel channel, Message message, long received, Runnable afterwards) {
        seeTo(new PendingRequest(channel, message, journal, pending, received, () -> {
            noticeReply();
            afterwards.run();
        }));
    }

    private boolean postpone(PendingRequest request, long nanos) {
        try {
            var unused = postponed.schedule(() -> seeTo(request), nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (RejectedExecutionException e) {
            // The dispatcher is stopping.
            return false;
        }
    }

    private void seeTo(PendingRequest request) {
        try {
            dispatch(request);
        } catch (RuntimeException | Error e) {
            request.failUnexpectedly(e);
            request.discard();
            if (e instanceof VirtualMachineError) {
                throw e;
            }
        }
    }

    /** Takes a message over and replies with a failure. */
    void refuse(KernelChannel channel, Message message, String why) {
        PendingRequest request = new PendingRequest(channel, message, journal, pending, System.nanoTime(), replied);
        request.fail(Journal.Outcome.FAILED, why);
        request.discard();
    }

    /** Does something again and again, until it throws, on the thread that watches over deadlines. */
    void every(Duration interval, Runnable action) {
        var unused = clock.scheduleAtFixedRate(action, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Whether a request has no answer although a limit is passed, which means that something here is stuck. */
    boolean isOverdue() {
        boolean pastDeadline = limits.deadline()
                .map(limit -> limit.plus(SLACK).toNanos())
                .filter(limit -> pending.stream().anyMatch(request -> request.nanosLeft(limit) < 0))
                .isPresent();
        return pastDeadline || executors.values().stream().anyMatch(executor -> executor.isOverdue(SLACK));
    }

    private void dispatch(PendingRequest request) {
        if (request.asked() instanceof Request.MalformedRequest malformed) {
            request.fail(Journal.Outcome.MALFORMED, "malformed: " + malformed.why());
            request.discard();
            return;
        }
        if (stopping) {
            request.fail(Journal.Outcome.FAILED, "the daemon is stopping");
            request.discard();
            return;
        }
        Optional<Route> route = route(request);
        if (route.isEmpty()) {
            request.discard();
            return;
        }
        request.setOut(route.get().token(), route.get().module());
        if (request.finishAtOnce()) {
            return;
        }
        ModuleExecutor executor = executor(route.get().module());
        limits.deadline()
                .ifPresent(deadline -> request.expireWith(clock.schedule(
                        () -> executor.expire(
                                request,
                                Journal.Outcome.TIMED_OUT,
                                "no answer within " + deadline.toMillis() + " ms, the deadline (--deadline)"),
                        request.nanosLeft(deadline.toNanos()),
                        TimeUnit.NANOSECONDS)));
        executor.execute(request);
    }

    private record Route(AuthTok.PrivateKey token, KeyModule module) {}

    private Optional<Route> route(PendingRequest request) {
        Signature signature = request.signature().orElseThrow();
        AuthTok token;
        try {
            token = tokens.find(signature).orElse(null);
        } catch (LinuxException | MalformedAuthTokException e) {
            request.fail(Journal.Outcome.FAILED, "the keyring's key cannot be used: " + e.getMessage());
            return Optional.empty();
        }
        if (token == null) {
            request.fail(
                    Journal.Outcome.FAILED,
                    "no such key in the user keyring; mount with it again, or see `keyctl show @u`");
            return Optional.empty();
        }
        if (token instanceof AuthTok.PrivateKey key) {
            Optional<KeyModule> module = modules.byAlias(key.alias());
            if (module.isPresent()) {
                return Optional.of(new Route(key, module.get()));
            }
            request.fail(Journal.Outcome.FAILED, "no key module is named " + key.alias() + "; install it");
        } else {
            request.fail(
                    Journal.Outcome.FAILED, "the key is a passphrase token, which the kernel uses without the daemon");
        }
        token.close();
        return Optional.empty();
    }

    private ModuleExecutor executor(KeyModule module) {
        return executors.computeIfAbsent(
                module.alias(), alias -> new ModuleExecutor(module, threadsPerModule, limits.stall(), timer));
    }

    /**
     * Takes no more requests, lets those under way finish, and fails what is left when the time is over.
     *
     * @param grace how long to wait for modules
     */
    void finish(Duration grace) {
        long end = System.nanoTime() + grace.toNanos();
        boolean interrupted = false;
        postponed.shutdown();
        try {
            var unused = postponed.awaitTermination(grace.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            end = System.nanoTime();
        }
        stopping = true;
        executors.values().forEach(ModuleExecutor::shutdown);
        for (ModuleExecutor executor : executors.values()) {
            try {
                if (!executor.awaitTermination(Math.max(0, end - System.nanoTime()))) {
                    failPending();
                    executor.shutdownNow();
                }
            } catch (InterruptedException e) {
                interrupted = true;
                end = System.nanoTime();
            }
        }
        failPending();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void failPending() {
        pending.forEach(request -> request.expire(Journal.Outcome.TIMED_OUT, "the daemon is stopping"));
    }

    /**
     * Lets what is under way finish; what is left when the time is over stays unanswered.
     *
     * @param grace how long to wait
     */
    void settle(Duration grace) throws InterruptedException {
        long end = System.nanoTime() + grace.toNanos();
        synchronized (noRequests) {
            long left = grace.toNanos();
            while (!pending.isEmpty() && left > 0) {
                TimeUnit.NANOSECONDS.timedWait(noRequests, left);
                left = end - System.nanoTime();
            }
        }
    }

    private void noticeReply() {
        if (pending.isEmpty()) {
            synchronized (noRequests) {
                noRequests.notifyAll();
            }
        }
    }

    @Override
    public void close() {
        finish(Duration.ZERO);
        clock.shutdownNow();
    }
}
