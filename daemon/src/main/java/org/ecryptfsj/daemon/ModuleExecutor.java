package org.ecryptfsj.daemon;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One key module's requests: they are done on threads of the module's own, so that a slow module never holds up another. When
 * the module has {@linkplain StallDetector stalled}, all that wait for it fail, and what comes after fails at once, until the
 * module answers again. It is tried every few seconds: by a look at its device, and if it has none, by one of the requests to
 * come. There is never more than one such look under way, and one that hangs is one that tells when the module goes on.
 */
final class ModuleExecutor {
    /** More than the kernel has in flight (ecryptfs_message_buf_len, 32 by default); beyond it, requests fail at once. */
    static final int QUEUE = 256;

    /** How often a stalled module is tried, and how long a try may take. */
    static final Duration PROBE_INTERVAL = Duration.ofSeconds(3);

    private static final Logger LOG = LoggerFactory.getLogger(ModuleExecutor.class);

    /** A thread's stack may hold a piece of what it worked with, and goes with the thread. */
    private static final long IDLE_SECONDS = 1;

    /** When something is to be done. */
    interface Timer {
        /** Nanoseconds, as {@link System#nanoTime()}. */
        long nanoTime();

        /** Has it done once, in so many nanoseconds, on the thread that watches over limits. */
        void schedule(Runnable action, long nanos);
    }

    private final KeyModule module;
    private final Duration stallLimit;
    private final Timer timer;
    private final StallDetector<PendingRequest> stalls;
    private final ThreadPoolExecutor workers;
    private final AtomicBoolean watched = new AtomicBoolean();
    private final AtomicBoolean probing = new AtomicBoolean();
    private final AtomicLong refused = new AtomicLong();

    /**
     * Without a thread until there is a request.
     *
     * @param threads how many requests the module may work on at once
     */
    ModuleExecutor(KeyModule module, int threads, Duration stallLimit, Timer timer) {
        this.module = module;
        this.stallLimit = stallLimit;
        this.timer = timer;
        stalls = new StallDetector<>(stallLimit, timer::nanoTime);
        workers = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(QUEUE),
                Threads.daemon("module-" + module.alias()));
        workers.allowCoreThreadTimeOut(true);
    }

    /** Has the module do the request, or fails it at once. */
    void execute(PendingRequest request) {
        StallDetector.Admission admission = stalls.admit(request);
        if (admission == StallDetector.Admission.REFUSED) {
            refused.incrementAndGet();
            request.fail(Journal.Outcome.STALLED, "key module " + module.alias() + " is stalled");
            request.discard();
            return;
        }
        request.observeWith(new Observer(request));
        if (admission == StallDetector.Admission.TRIAL) {
            timer.schedule(() -> endTrial(request), PROBE_INTERVAL.toNanos());
        } else {
            watch();
        }
        try {
            workers.execute(request);
        } catch (RejectedExecutionException e) {
            request.fail(Journal.Outcome.FAILED, "the daemon has " + QUEUE + " requests waiting, or is stopping");
            request.discard();
        }
    }

    /** Tells the detector what becomes of a request. */
    private final class Observer implements PendingRequest.Observer {
        private final PendingRequest request;

        Observer(PendingRequest request) {
            this.request = request;
        }

        @Override
        public void completed() {
            answered();
        }

        @Override
        public void refused(KeyModuleException failure) {
            if (isAnswer(failure.reason())) {
                answered();
            }
        }

        @Override
        public void ended() {
            stalls.leave(request);
        }
    }

    /** Whether a failure shows that the module, and what it needs, answers. */
    private static boolean isAnswer(Reason reason) {
        return switch (reason) {
            case SERVICE_UNAVAILABLE, TIMED_OUT, BUSY -> false;
            default -> true;
        };
    }

    private void answered() {
        stalls.complete()
                .ifPresent(length -> LOG.info(
                        "key module {} answers again, after {} s; {} requests were refused meanwhile",
                        module.alias(),
                        length.toSeconds(),
                        refused.getAndSet(0)));
    }

    /** One look is always planned while requests wait. */
    private void watch() {
        if (watched.compareAndSet(false, true)) {
            timer.schedule(this::look, Math.max(0, stalls.nanosLeft().orElse(stallLimit.toNanos())));
        }
    }

    private void look() {
        watched.set(false);
        Optional<List<PendingRequest>> given = stalls.check();
        if (given.isPresent()) {
            giveUp(given.get());
        } else if (stalls.nanosLeft().isPresent()) {
            watch();
        }
    }

    private void giveUp(List<PendingRequest> requests) {
        timer.schedule(this::probe, PROBE_INTERVAL.toNanos());
        requests.forEach(request -> expire(
                request,
                Journal.Outcome.STALLED,
                "key module " + module.alias() + " has completed nothing for " + stallLimit.toMillis() + " ms"));
        LOG.error(
                "key module {} is stalled: it has completed no request for {} ms. {} requests that waited for it failed, and"
                        + " further ones fail at once until it answers; it is tried every {} s. What to do: see what it is"
                        + " at (ecryptfsctl status), and restart the service or the device it waits for (tspi: tcsd)",
                module.alias(),
                stallLimit.toMillis(),
                requests.size(),
                PROBE_INTERVAL.toSeconds());
    }

    private void probe() {
        if (stalls.stalledFor().isEmpty()) {
            return;
        }
        timer.schedule(this::probe, PROBE_INTERVAL.toNanos());
        Optional<KeyDevice> device = module.device();
        if (device.isEmpty()) {
            stalls.allowTrial();
        } else if (probing.compareAndSet(false, true)) {
            Threads.daemon("probe-" + module.alias())
                    .newThread(() -> probe(device.get()))
                    .start();
        }
    }

    private void probe(KeyDevice device) {
        try {
            device.state(PROBE_INTERVAL);
            answered();
        } catch (KeyModuleException e) {
            LOG.debug("key module {} was tried: {}", module.alias(), e.getMessage());
            if (isAnswer(e.reason())) {
                answered();
            }
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("key module {} could not be tried", module.alias(), e);
        } finally {
            probing.set(false);
        }
    }

    private void endTrial(PendingRequest request) {
        if (stalls.stalledFor().isPresent()) {
            expire(request, Journal.Outcome.STALLED, "key module " + module.alias() + " is still stalled");
        } else {
            // The stall was ended by something else, and this one may wait still.
            watch();
        }
    }

    /** The request's time is over: it fails, and is taken out of the queue. */
    void expire(PendingRequest request, Journal.Outcome outcome, String why) {
        request.expire(outcome, why);
        if (workers.remove(request)) {
            request.discard();
        }
    }

    /** Whether the stall limit was passed so long ago that nobody can have looked. */
    boolean isOverdue(Duration slack) {
        return stalls.nanosLeft().orElse(0) < -slack.toNanos();
    }

    /** How the module is, by name, for people. */
    Map<String, Object> describe() {
        Optional<Duration> stalled = stalls.stalledFor();
        return Ordered.of(
                "state",
                stalled.isPresent() ? "stalled" : "ok",
                "stalled_ms",
                stalled.map(Duration::toMillis).orElse(0L),
                "waiting",
                stalls.waiting());
    }

    /** Takes no more requests. */
    void shutdown() {
        workers.shutdown();
    }

    /** Whether all requests are done; waits for that no longer than the time given. */
    boolean awaitTermination(long nanos) throws InterruptedException {
        return workers.awaitTermination(nanos, TimeUnit.NANOSECONDS);
    }

    /** Interrupts what is under way and drops the rest, whose replies are somebody else's to send. */
    void shutdownNow() {
        workers.shutdownNow().forEach(queued -> ((PendingRequest) queued).discard());
    }
}
