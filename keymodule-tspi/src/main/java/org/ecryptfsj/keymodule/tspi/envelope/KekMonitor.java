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
 * Sees to it that KEKs are dropped in time: a thread that lives while KEKs are held, and asks the device about the machine's
 * state as often as their policies want.
 */
final class KekMonitor implements AutoCloseable {
    private static final Logger LOG = System.getLogger(KekMonitor.class.getName());

    /** However far off the next check is, sleep of the machine and idle KEKs are noticed this soon. */
    private static final Duration MAX_DELAY = Duration.ofSeconds(1);

    private static final Duration DEVICE_LIMIT = Duration.ofSeconds(2);

    private final KekCache cache;
    private final AtomicBoolean running = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, runnable -> {
        Thread thread = new Thread(runnable, "kek-watch");
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

    /** A KEK is held. */
    void wake() {
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
                    () -> checkAndReschedule(due.get()), delay > 0 ? Math.min(delay, maxDelay) : maxDelay, TimeUnit.NANOSECONDS));
            return;
        }
        running.set(false);
        if (cache.nextCheck().isPresent()) {
            wake();
        }
    }

    private void checkAndReschedule(KekCache.DueCheck due) {
        try {
            if (due.atNanos() - cache.now() <= 0) {
                check(due.sealingKey());
            }
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the state of key " + due.sealingKey().name() + " could not be checked", e);
        } finally {
            scheduleNextCheck();
        }
    }

    private void check(SealingKey sealingKey) {
        long asked = cache.now();
        try {
            if (sealingKey.isStateTrusted(DEVICE_LIMIT)) {
                cache.stateConfirmed(sealingKey, asked);
            } else {
                cache.stateChanged(sealingKey);
            }
        } catch (KeyModuleException e) {
            if (e.reason() == Reason.WRONG_PCR_STATE) {
                cache.stateChanged(sealingKey);
            } else {
                LOG.log(Level.DEBUG, "the state of key {0} could not be checked: {1}", sealingKey.name(), e.getMessage());
            }
        }
    }
}
