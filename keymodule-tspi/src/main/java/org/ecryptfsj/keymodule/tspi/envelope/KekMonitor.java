package org.ecryptfsj.keymodule.tspi.envelope;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;

/**
 * Wipes cached KEKs in time: a thread that runs while KEKs are cached, and checks the PCRs as often as the KEKs' policies
 * require.
 */
final class KekMonitor implements AutoCloseable {
    /** The longest time between two looks at the clock, to notice a suspended machine and expired KEKs. */
    private static final Duration MAX_DELAY = Duration.ofSeconds(1);

    private static final Duration DEVICE_LIMIT = Duration.ofSeconds(2);

    private final KekCache cache;
    private final AtomicBoolean running = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, runnable -> {
        Thread thread = new Thread(runnable, "kek-monitor");
        thread.setDaemon(true);
        return thread;
    });

    private volatile Optional<Future<?>> upcoming = Optional.empty();

    KekMonitor(KekCache cache) {
        this.cache = cache;
        clock.setKeepAliveTime(2 * MAX_DELAY.toMillis(), TimeUnit.MILLISECONDS);
        clock.allowCoreThreadTimeOut(true);
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    private static Logger log() {
        return System.getLogger(KekMonitor.class.getName());
    }

    /** Called when a KEK was cached. */
    void start() {
        if (!clock.isShutdown() && running.compareAndSet(false, true)) {
            scheduleNextCheck();
        }
    }

    @Override
    public void close() {
        upcoming.ifPresent(check -> check.cancel(true));
        clock.shutdownNow();
    }

    private void scheduleNextCheck() {
        Optional<KekCache.DueCheck> due = cache.nextCheck();
        if (due.isPresent()) {
            long delay = due.get().atNanos() - cache.now();
            long maxDelay = MAX_DELAY.toNanos();
            upcoming = Optional.of(clock.schedule(
                    () -> checkAndReschedule(due.get()),
                    delay > 0 ? Math.min(delay, maxDelay) : maxDelay,
                    TimeUnit.NANOSECONDS));
            return;
        }
        running.set(false);
        if (cache.nextCheck().isPresent()) {
            start();
        }
    }

    private void checkAndReschedule(KekCache.DueCheck due) {
        try {
            if (due.atNanos() - cache.now() <= 0) {
                check(due.sealingKey());
            }
        } catch (RuntimeException e) {
            log().log(
                            Level.ERROR,
                            "cannot check the PCRs of TPM key "
                                    + due.sealingKey().name(),
                            e);
        } finally {
            scheduleNextCheck();
        }
    }

    private void check(SealingKey sealingKey) {
        long checkedAt = cache.now();
        try {
            if (sealingKey.isStateTrusted(DEVICE_LIMIT)) {
                cache.stateConfirmed(sealingKey, checkedAt);
            } else {
                cache.stateChanged(sealingKey);
            }
        } catch (KeyModuleException e) {
            if (e.reason() == Reason.WRONG_PCR_STATE) {
                cache.stateChanged(sealingKey);
            } else {
                log().log(Level.DEBUG, "cannot check the PCRs of TPM key {0}: {1}", sealingKey.name(), e.getMessage());
            }
        }
    }
}
