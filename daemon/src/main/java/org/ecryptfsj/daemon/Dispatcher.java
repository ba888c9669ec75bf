package org.ecryptfsj.daemon;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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
 * the module's own, so that a slow module never holds up another; what a module can do at once is done at once. Whatever happens, every message handed to
 * {@link #answer} gets exactly one reply, at the latest when its deadline passes.
 */
final class Dispatcher implements AutoCloseable {
    /** More than the kernel has in flight (ecryptfs_message_buf_len, 32 by default); beyond it, requests fail at once. */
    private static final int QUEUE = 256;

    private static final long IDLE_SECONDS = 30;

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
    private final Map<String, ThreadPoolExecutor> executors = new ConcurrentHashMap<>();
    private final Set<PendingRequest> pending = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, Threads.daemon("deadlines"));
    private volatile Duration deadline;
    private volatile boolean stopping;

    Dispatcher(KeyModules modules, Tokens tokens, Journal journal, Duration deadline, int threadsPerModule) {
        this.modules = modules;
        this.tokens = tokens;
        this.journal = journal;
        this.deadline = deadline;
        this.threadsPerModule = threadsPerModule;
        clock.setRemoveOnCancelPolicy(true);
    }

    /** How long a request may take, from now on. */
    void deadline(Duration limit) {
        deadline = limit;
    }

    Duration deadline() {
        return deadline;
    }

    /** Requests taken and not yet answered. */
    int inFlight() {
        return pending.size();
    }

    /**
     * Takes a message over and sees to its reply; returns at once.
     *
     * @param channel where it came from and the reply goes
     */
    void answer(KernelChannel channel, Message message) {
        PendingRequest request = new PendingRequest(channel, message, journal, pending);
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
        request.expireWith(
                clock.schedule(() -> expire(request), request.nanosLeft(deadline.toNanos()), TimeUnit.NANOSECONDS));
        try {
            executor(route.get().module()).execute(request);
        } catch (RejectedExecutionException e) {
            request.fail(Journal.Outcome.FAILED, "the daemon has " + QUEUE + " requests waiting, or is stopping");
            request.discard();
        }
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

    private ThreadPoolExecutor executor(KeyModule module) {
        return executors.computeIfAbsent(module.alias(), alias -> {
            ThreadPoolExecutor executor = new ThreadPoolExecutor(
                    threadsPerModule,
                    threadsPerModule,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(QUEUE),
                    Threads.daemon("module-" + alias));
            executor.allowCoreThreadTimeOut(true);
            return executor;
        });
    }

    private void expire(PendingRequest request) {
        request.expire("no answer within " + deadline.toMillis() + " ms, the daemon's deadline");
        if (executors.values().stream().anyMatch(executor -> executor.remove(request))) {
            request.discard();
        }
    }

    /**
     * Takes no more requests, lets those under way finish, and fails what is left when the time is over.
     *
     * @param grace how long to wait for modules
     */
    void finish(Duration grace) {
        stopping = true;
        executors.values().forEach(ThreadPoolExecutor::shutdown);
        long end = System.nanoTime() + grace.toNanos();
        boolean interrupted = false;
        for (ThreadPoolExecutor executor : executors.values()) {
            try {
                if (!executor.awaitTermination(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    pending.forEach(request -> request.expire("the daemon is stopping"));
                    executor.shutdownNow().forEach(queued -> ((PendingRequest) queued).discard());
                }
            } catch (InterruptedException e) {
                interrupted = true;
                end = System.nanoTime();
            }
        }
        pending.forEach(request -> request.expire("the daemon is stopping"));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        finish(Duration.ZERO);
        clock.shutdownNow();
    }
}
