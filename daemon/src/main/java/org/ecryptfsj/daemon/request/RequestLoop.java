package org.ecryptfsj.daemon.request;

import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.MalformedFrameException;
import org.ecryptfsj.netlink.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one channel and passes each message to the {@link RequestPipeline}. Runs on the only thread that reads the channel. */
public final class RequestLoop {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLoop.class);

    /** Number of consecutive read errors after which the channel is given up. A malformed frame is not a read error. */
    private static final int MAX_ERRORS = 8;

    /** Pause after the first error; doubled for each further one, 2.5 seconds in all. */
    private static final long FIRST_PAUSE_MILLIS = 10;

    private final KernelChannel channel;
    private final RequestPipeline pipeline;
    private final RequestMetrics metrics;
    private volatile boolean restarting;

    /** A loop that reads that channel once it {@linkplain #run runs}. */
    public RequestLoop(KernelChannel channel, RequestPipeline pipeline, RequestMetrics metrics) {
        this.channel = channel;
        this.pipeline = pipeline;
        this.metrics = metrics;
    }

    /**
     * Reads until the channel has stopped receiving and is drained, or until {@link #leaveQueue()}.
     *
     * @throws LinuxException if the channel cannot be read any more
     */
    public void run() throws LinuxException {
        int errors = 0;
        while (!restarting) {
            try {
                Optional<Message> message = channel.receive();
                if (message.isEmpty()) {
                    return;
                }
                errors = 0;
                pipeline.accept(channel, message.get());
            } catch (MalformedFrameException e) {
                metrics.discardedFrame();
                LOG.warn("malformed frame on {} discarded: {}", channel.name(), e.getMessage());
            } catch (LinuxException e) {
                errors++;
                LOG.error("cannot read {} (error {} in a row): {}", channel.name(), errors, e.getMessage());
                if (errors > MAX_ERRORS) {
                    throw e;
                }
                channel.pause(Duration.ofMillis(FIRST_PAUSE_MILLIS << (errors - 1)));
            }
        }
    }

    /** Makes {@link #run} return without draining the channel: the next process reads what is queued. */
    public void leaveQueue() {
        restarting = true;
    }

    /** Revokes {@link #leaveQueue()}: there will be no next process. */
    public void drainQueue() {
        restarting = false;
    }
}
