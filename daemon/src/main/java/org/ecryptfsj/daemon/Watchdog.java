package org.ecryptfsj.daemon;

import java.time.Duration;
import org.ecryptfsj.netlink.KernelChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd that the daemon is alive, twice in the time it allows, and only while that is true: the reader has come
 * around lately, no request has outlived its deadline, and the thread that watches over deadlines is the one that tells.
 */
final class Watchdog {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    /** The reader must have come around in that time; a part of it is the longest it waits at once. */
    private static final int TURNS = 4;

    private final Duration limit;
    private final KernelChannel channel;
    private final Dispatcher dispatcher;
    private final Keeper keeper;

    private Watchdog(Duration limit, KernelChannel channel, Dispatcher dispatcher, Keeper keeper) {
        this.limit = limit;
        this.channel = channel;
        this.dispatcher = dispatcher;
        this.keeper = keeper;
    }

    /** Begins to tell, if the keeper wants to hear it. */
    static void begin(Keeper keeper, KernelChannel channel, Dispatcher dispatcher) {
        keeper.watchdog().ifPresent(limit -> {
            channel.turnEvery(limit.dividedBy(TURNS));
            Watchdog watchdog = new Watchdog(limit, channel, dispatcher, keeper);
            dispatcher.every(limit.dividedBy(2), watchdog::tell);
        });
    }

    private void tell() {
        Duration idle = Duration.ofNanos(System.nanoTime() - channel.lastTurn());
        if (idle.compareTo(limit) > 0) {
            LOG.error("the reader has not come around for {} ms; the watchdog is not told", idle.toMillis());
        } else if (dispatcher.isOverdue()) {
            LOG.error("a request has outlived its deadline; the watchdog is not told");
        } else {
            keeper.alive();
        }
    }
}
