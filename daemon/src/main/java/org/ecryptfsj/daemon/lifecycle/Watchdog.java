package org.ecryptfsj.daemon.lifecycle;

import java.time.Duration;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.netlink.KernelChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends systemd's watchdog ping, twice in the time it allows, while the daemon works: the reader thread is not stalled, and no
 * request is past its limit. The thread that enforces the limits sends it, so that a ping shows that this thread works too.
 */
public final class Watchdog {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    /** Number of waits of the reader thread in the time that systemd allows. */
    private static final int WAITS = 4;

    private final Duration limit;
    private final KernelChannel channel;
    private final RequestPipeline pipeline;
    private final Supervisor supervisor;

    private Watchdog(Duration limit, KernelChannel channel, RequestPipeline pipeline, Supervisor supervisor) {
        this.limit = limit;
        this.channel = channel;
        this.pipeline = pipeline;
        this.supervisor = supervisor;
    }

    /** Starts to send pings, if systemd expects them. */
    public static void start(Supervisor supervisor, KernelChannel channel, RequestPipeline pipeline) {
        supervisor.watchdog().ifPresent(limit -> {
            channel.limitWait(limit.dividedBy(WAITS));
            Watchdog watchdog = new Watchdog(limit, channel, pipeline, supervisor);
            pipeline.repeat(limit.dividedBy(2), watchdog::ping);
        });
    }

    private void ping() {
        Duration sinceWait = Duration.ofNanos(System.nanoTime() - channel.lastWaitStart());
        if (sinceWait.compareTo(limit) > 0) {
            LOG.error("reader thread stalled for {} ms; withholding watchdog ping", sinceWait.toMillis());
        } else if (pipeline.isOverdue()) {
            LOG.error("a request is past its limit and not completed; withholding watchdog ping");
        } else {
            supervisor.ping();
        }
    }
}
