package org.ecryptfsj.daemon;

import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.MalformedFrameException;
import org.ecryptfsj.netlink.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one channel and hands each message to the {@link Dispatcher}. Runs on the one thread that reads the channel. */
final class RequestLoop {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLoop.class);

    /** Read errors in a row after which the channel is given up; a malformed frame is no read error. */
    private static final int ERRORS_IN_A_ROW = 8;

    /** The pause after the first of them, doubled for each further one: two and a half seconds in all. */
    private static final long FIRST_PAUSE_MILLIS = 10;

    private final KernelChannel channel;
    private final Dispatcher dispatcher;
    private final Journal journal;
    private volatile boolean leaving;

    RequestLoop(KernelChannel channel, Dispatcher dispatcher, Journal journal) {
        this.channel = channel;
        this.dispatcher = dispatcher;
        this.journal = journal;
    }

    /**
     * Answers until the channel is told to stop receiving and is drained, or until it is {@linkplain #leave() left}.
     *
     * @throws LinuxException if the channel cannot be read any more
     */
    void run() throws LinuxException {
        int errors = 0;
        while (!leaving) {
            try {
                Optional<Message> message = channel.receive();
                if (message.isEmpty()) {
                    return;
                }
                errors = 0;
                dispatcher.answer(channel, message.get());
            } catch (MalformedFrameException e) {
                journal.discardedFrame();
                LOG.warn("discarded something that came in on {}: {}", channel.name(), e.getMessage());
            } catch (LinuxException e) {
                errors++;
                LOG.error("{} cannot be read (error {} in a row): {}", channel.name(), errors, e.getMessage());
                if (errors > ERRORS_IN_A_ROW) {
                    throw e;
                }
                channel.pause(Duration.ofMillis(FIRST_PAUSE_MILLIS << (errors - 1)));
            }
        }
    }

    /** Reads nothing more once the channel is told to stop receiving: what is queued is for a successor. */
    void leave() {
        leaving = true;
    }

    /** The other way round: there will be no successor. */
    void stay() {
        leaving = false;
    }
}
