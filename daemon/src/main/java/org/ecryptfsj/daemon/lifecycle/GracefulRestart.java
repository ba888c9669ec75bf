package org.ecryptfsj.daemon.lifecycle;

import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.daemon.logging.Logging;
import org.ecryptfsj.daemon.request.RequestLoop;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.KernelChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces this process by a new one without failing a request: the supervisor keeps the channel open, requests in the kernel's
 * queue stay there, and what is not answered soon stays in the in-flight store.
 */
public final class GracefulRestart {
    private static final Logger LOG = LoggerFactory.getLogger(GracefulRestart.class);

    /** Exit code that makes the supervisor start a new process: EX_TEMPFAIL of sysexits.h. */
    private static final int RESTART = 75;

    /** Time for requests in progress, before they are left to the next process. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Supervisor supervisor;
    private final KernelChannel channel;
    private final RequestLoop loop;
    private final RequestPipeline pipeline;
    private final RequestRecovery recovery;
    private volatile boolean begun;

    /** A restart that has not begun. */
    public GracefulRestart(
            Supervisor supervisor,
            KernelChannel channel,
            RequestLoop loop,
            RequestPipeline pipeline,
            RequestRecovery recovery) {
        this.supervisor = supervisor;
        this.channel = channel;
        this.loop = loop;
        this.pipeline = pipeline;
        this.recovery = recovery;
    }

    /** Reason why a restart is impossible; empty if it is possible. */
    public Optional<String> obstacle() {
        return supervisor.keepsChannel() && channel.inFlightStore().isPresent()
                ? Optional.empty()
                : Optional.of(
                        "no supervisor keeps the channel open. What to do: stop the daemon and start it again; files"
                                + " cannot be opened meanwhile");
    }

    /**
     * Begins to restart; returns at once.
     *
     * @param requester who requested it, for the log
     */
    public void begin(String requester) {
        Optional<String> obstacle = obstacle();
        if (obstacle.isPresent()) {
            LOG.warn("restart requested by {} is impossible: {}", requester, obstacle.get());
            supervisor.restartCancelled();
            return;
        }
        if (begun) {
            return;
        }
        supervisor.restarting();
        LOG.info("restart requested by {}: the next process continues with the channel", requester);
        begun = true;
        loop.leaveQueue();
        recovery.leaveSuspects();
        try {
            channel.stopReceiving();
        } catch (LinuxException e) {
            LOG.error("cannot wake the reader thread, so the restart waits for the next request: {}", e.getMessage());
        }
    }

    /** Cancels the restart: the daemon is to stop. */
    public void cancel() {
        begun = false;
    }

    /** Ends this process, if a restart has begun. */
    public void finish() {
        if (!begun) {
            return;
        }
        try {
            pipeline.awaitIdle(GRACE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!begun) {
            loop.drainQueue();
            return;
        }
        channel.inFlightStore().ifPresent(InFlightStore::resetAttempts);
        LOG.info("exiting for restart: {} requests in flight left to the next process", pipeline.inFlight());
        Logging.flush();
        Runtime.getRuntime().halt(RESTART);
    }
}
