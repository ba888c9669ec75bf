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
    private static final Duration LONGEST_NAP = Duration.ofSeconds(1);

    private static final Duration DEVICE_LIMIT = Duration.ofSeconds(2);

    private final KekCache ring;
    private final AtomicBoolean watching = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, runnable -> {
        Thread thread = new Thread(runnable, "kek-watch");
        thread.setDaemon(true);
        return thread;
    });

    private volatile Optional<Future<?>> upcoming = Optional.empty();

    KekMonitor(KekCache ring) {
        this.ring = ring;
        clock.setKeepAliveTime(2 * LONGEST_NAP.toMillis(), TimeUnit.MILLISECONDS);
        clock.allowCoreThreadTimeOut(true);
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** A KEK is held. */
    void wake() {
        if (!clock.isShutdown() && watching.compareAndSet(false, true)) {
            look();
        }
    }

    @Override
    public void close() {
        upcoming.ifPresent(check -> check.cancel(true));
        clock.shutdownNow();
    }

    private void look() {
        Optional<KekCache.Due> due = ring.nextCheck();
        if (due.isPresent()) {
            long nap = due.get().atNanos() - ring.now();
            long longest = LONGEST_NAP.toNanos();
            upcoming = Optional.of(clock.schedule(
                    () -> checkAndLookOn(due.get()), nap > 0 ? Math.min(nap, longest) : longest, TimeUnit.NANOSECONDS));
            return;
        }
        watching.set(false);
        if (ring.nextCheck().isPresent()) {
            wake();
        }
    }

    private void checkAndLookOn(KekCache.Due due) {
        try {
            if (due.atNanos() - ring.now() <= 0) {
                check(due.by());
            }
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the state of key " + due.by().name() + " could not be checked", e);
        } finally {
            look();
        }
    }

    private void check(SealingKey by) {
        long asked = ring.now();
        try {
            if (by.isStateTrusted(DEVICE_LIMIT)) {
                ring.trusted(by, asked);
            } else {
                ring.distrusted(by);
            }
        } catch (KeyModuleException e) {
            if (e.reason() == Reason.WRONG_PCR_STATE) {
                ring.distrusted(by);
            } else {
                LOG.log(Level.DEBUG, "the state of key {0} could not be checked: {1}", by.name(), e.getMessage());
            }
        }
    }
}
