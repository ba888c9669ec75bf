package org.ecryptfsj.daemon;

import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.MiscdevChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of this process that is not the end of the service: the channel stays open with the keeper, requests in the
 * kernel's queue stay there, and what is not answered soon stays in the record, all for the successor.
 */
final class HandOver implements Control.Restart {
    private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

    /** What tells the keeper to start a successor: EX_TEMPFAIL of sysexits.h. */
    private static final int START_ANOTHER = 75;

    /** How long requests under way may take before they are left to the successor. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final Keeper keeper;
    private final KernelChannel channel;
    private final RequestLoop loop;
    private final Dispatcher dispatcher;
    private final Inheritance inheritance;
    private volatile boolean begun;

    HandOver(Keeper keeper, KernelChannel channel, RequestLoop loop, Dispatcher dispatcher, Inheritance inheritance) {
        this.keeper = keeper;
        this.channel = channel;
        this.loop = loop;
        this.dispatcher = dispatcher;
        this.inheritance = inheritance;
    }

    @Override
    public Optional<String> obstacle() {
        return keeper.keeps() && record().isPresent()
                ? Optional.empty()
                : Optional.of("nobody would keep the channel for a successor; "
                        + "stop this daemon and start another, and files cannot be opened in between");
    }

    @Override
    public void begin(String who) {
        Optional<String> obstacle = obstacle();
        if (obstacle.isPresent()) {
            LOG.warn("{} asks for a restart: {}", who, obstacle.get());
            keeper.staying();
            return;
        }
        if (begun) {
            return;
        }
        keeper.handingOver();
        LOG.info("{} asks for a restart: a successor goes on with the channel", who);
        begun = true;
        loop.leave();
        inheritance.leave();
        try {
            channel.stopReceiving();
        } catch (LinuxException e) {
            LOG.error("the reader could not be woken, so the restart waits for the next request: {}", e.getMessage());
        }
    }

    /** Takes it back: the service is to end. */
    void revoke() {
        begun = false;
    }

    /** Ends this process, if it was to make room. */
    void finish() {
        if (!begun) {
            return;
        }
        try {
            dispatcher.settle(GRACE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!begun) {
            loop.stay();
            return;
        }
        record().ifPresent(InFlightStore::pardon);
        LOG.info("handed over: {} requests are left to the successor", dispatcher.inFlight());
        Logging.flush();
        Runtime.getRuntime().halt(START_ANOTHER);
    }

    private Optional<InFlightStore> record() {
        return channel instanceof MiscdevChannel device ? device.record() : Optional.empty();
    }
}
