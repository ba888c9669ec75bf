package org.ecryptfsj.daemon.request;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.ecryptfsj.daemon.concurrent.DaemonThreads;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one key module, processed on threads of the module's own, so that a slow module never delays another. When
 * the module has {@linkplain StallDetector stalled}, all requests that wait for it fail, and further ones fail at once, until
 * the module responds again. A stalled module is probed every few seconds: by the state of its device, or, for a module without
 * a device, by one of the next requests. At most one probe is in progress; one that blocks for long ends the stall when it
 * returns.
 */
public final class ModuleExecutor {
    /** More than the kernel has in flight (ecryptfs_message_buf_len, 32 by default). Further requests fail at once. */
    static final int MAX_QUEUED = 256;

    /** Interval between two probes of a stalled module, and the longest time one may take. */
    static final Duration PROBE_INTERVAL = Duration.ofSeconds(3);

    private static final Logger LOG = LoggerFactory.getLogger(ModuleExecutor.class);

    /** A thread's stack may hold parts of secrets, which disappear with the thread. */
    private static final long IDLE_SECONDS = 1;

    /** Time, and actions at a later time. */
    interface Timer {
        /** Nanoseconds, as {@link System#nanoTime()}. */
        long nanoTime();

        /** Runs the action once, after that number of nanoseconds, on the thread that enforces the limits. */
        void schedule(Runnable action, long nanos);
    }

    /**
     * State of a key module.
     *
     * @param stalledFor time since it stalled; empty if it has not
     * @param waiting number of requests that wait for it
     */
    public record Health(Optional<Duration> stalledFor, int waiting) {}

    private final KeyModule module;
    private final Duration stallLimit;
    private final Timer timer;
    private final StallDetector<PendingRequest> stalls;
    private final ThreadPoolExecutor workers;
    private final AtomicBoolean checkScheduled = new AtomicBoolean();
    private final AtomicBoolean probing = new AtomicBoolean();
    private final AtomicLong refused = new AtomicLong();

    /**
     * Starts no thread before the first request.
     *
     * @param threads number of requests that the module may process at once
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
                new LinkedBlockingQueue<>(MAX_QUEUED),
                DaemonThreads.named("module-" + module.alias()));
        workers.allowCoreThreadTimeOut(true);
    }

    /** Queues a request for the module's threads, or fails it at once. */
    void execute(PendingRequest request) {
        StallDetector.Admission admission = stalls.admit(request);
        if (admission == StallDetector.Admission.REFUSED) {
            refused.incrementAndGet();
            request.complete(stalled("is stalled"));
            return;
        }
        request.whenCompleted(() -> stalls.leave(request));
        if (admission == StallDetector.Admission.TRIAL) {
            timer.schedule(() -> endTrial(request), PROBE_INTERVAL.toNanos());
        } else {
            scheduleCheck();
        }
        try {
            workers.execute(new Task(this, request));
        } catch (RejectedExecutionException e) {
            request.complete(Outcome.failure(
                    Outcome.Cause.FAILED,
                    MAX_QUEUED + " requests wait for key module " + module.alias() + ", or the daemon is stopping"));
        }
    }

    /** A request in the queue; equal to another one of the same request. */
    private record Task(ModuleExecutor executor, PendingRequest request) implements Runnable {
        @Override
        public void run() {
            executor.process(request);
        }
    }

    private void process(PendingRequest request) {
        if (!request.resume()) {
            return;
        }
        try {
            Outcome outcome = request.operation().run();
            moduleResponded();
            request.complete(outcome);
        } catch (KeyModuleException e) {
            // After an interruption the failure says nothing about the module.
            if (!request.isCompleted() && isResponse(e.reason())) {
                moduleResponded();
            }
            request.complete(Outcome.failure(e));
        } catch (RuntimeException | Error e) {
            request.complete(Outcome.defect(e));
            if (e instanceof VirtualMachineError) {
                throw e;
            }
        }
    }

    /** Whether a failure shows that the module and the service or device behind it respond. */
    private static boolean isResponse(Reason reason) {
        return switch (reason) {
            case SERVICE_UNAVAILABLE, TIMED_OUT, BUSY -> false;
            default -> true;
        };
    }

    private void moduleResponded() {
        stalls.complete()
                .ifPresent(length -> LOG.info(
                        "key module {} responds again after {} s; {} requests were refused meanwhile",
                        module.alias(),
                        length.toSeconds(),
                        refused.getAndSet(0)));
    }

    /** While requests wait, one check is always scheduled. */
    private void scheduleCheck() {
        if (checkScheduled.compareAndSet(false, true)) {
            timer.schedule(this::check, Math.max(0, stalls.nanosLeft().orElse(stallLimit.toNanos())));
        }
    }

    private void check() {
        checkScheduled.set(false);
        Optional<List<PendingRequest>> waiting = stalls.check();
        if (waiting.isPresent()) {
            failAll(waiting.get());
        } else if (stalls.nanosLeft().isPresent()) {
            scheduleCheck();
        }
    }

    private void failAll(List<PendingRequest> requests) {
        timer.schedule(this::probe, PROBE_INTERVAL.toNanos());
        // Before the failures: on a busy machine they take a while, and the module may respond again meanwhile.
        LOG.error(
                "key module {} is stalled: it completed no request for {} ms. {} waiting requests failed, and further"
                        + " ones fail at once until it responds; it is probed every {} s. What to do: see its state"
                        + " (ecryptfsctl status), and restart the service or the device that it waits for (tspi: tcsd)",
                module.alias(),
                stallLimit.toMillis(),
                requests.size(),
                PROBE_INTERVAL.toSeconds());
        requests.forEach(request -> expire(request, stalled("completed nothing for " + stallLimit.toMillis() + " ms")));
    }

    private Outcome stalled(String what) {
        return Outcome.failure(Outcome.Cause.STALLED, "key module " + module.alias() + " " + what);
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
            DaemonThreads.named("probe-" + module.alias())
                    .newThread(() -> probe(device.get()))
                    .start();
        }
    }

    private void probe(KeyDevice device) {
        try {
            device.state(PROBE_INTERVAL);
            moduleResponded();
        } catch (KeyModuleException e) {
            LOG.debug("probe of key module {} failed: {}", module.alias(), e.getMessage());
            if (isResponse(e.reason())) {
                moduleResponded();
            }
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("probe of key module {} failed", module.alias(), e);
        } finally {
            probing.set(false);
        }
    }

    private void endTrial(PendingRequest request) {
        if (stalls.stalledFor().isPresent()) {
            expire(request, stalled("is still stalled"));
        } else {
            // Another response has ended the stall; this request may wait still.
            scheduleCheck();
        }
    }

    /** Completes a request whose limit has passed, and removes it from the queue. */
    void expire(PendingRequest request, Outcome outcome) {
        request.complete(outcome);
        workers.remove(new Task(this, request));
    }

    /** Whether the stall limit has passed by more than the tolerance, so that the check is late. */
    boolean isOverdue(Duration tolerance) {
        return stalls.nanosLeft().orElse(0) < -tolerance.toNanos();
    }

    /** State of the module now. */
    Health health() {
        return new Health(stalls.stalledFor(), stalls.waiting());
    }

    /** Takes no more requests. */
    void shutdown() {
        workers.shutdown();
    }

    /** Waits until all requests are done, but no longer than the time given; returns whether they are. */
    boolean awaitTermination(long nanos) throws InterruptedException {
        return workers.awaitTermination(nanos, TimeUnit.NANOSECONDS);
    }

    /** Interrupts the requests in progress and drops the queue, whose requests the caller has completed. */
    void shutdownNow() {
        workers.shutdownNow();
    }
}
