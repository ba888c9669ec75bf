package org.ecryptfsj.daemon;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.InFlightStore.Kept;
import org.ecryptfsj.netlink.InFlightStore.Suspicion;
import org.ecryptfsj.netlink.KernelChannel;
import org.ecryptfsj.netlink.MiscdevChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what a predecessor had read when it died. What may be the cause of its death is answered one at a time, so that
 * the next death tells which it is; what certainly is the cause is refused.
 */
final class Inheritance {
    private static final Logger LOG = LoggerFactory.getLogger(Inheritance.class);

    private final KernelChannel channel;
    private final Optional<InFlightStore> record;
    private final Dispatcher dispatcher;
    private final List<Kept> left;
    private final Thread suspects = Threads.daemon("suspects").newThread(this::answerSuspects);
    private final Queue<Kept> waiting = new ArrayDeque<>();
    private volatile boolean leaving;

    /** What was left on a channel; nobody may read it yet. */
    Inheritance(KernelChannel channel, Dispatcher dispatcher) {
        this.channel = channel;
        this.dispatcher = dispatcher;
        record = channel instanceof MiscdevChannel device ? device.record() : Optional.empty();
        left = channel instanceof MiscdevChannel device ? device.unanswered() : List.of();
    }

    /** Sees to each reply; returns once all but the suspects are on their way. */
    void answer() {
        answerAllButSuspects();
        suspects.start();
    }

    private void answerAllButSuspects() {
        for (Kept kept : left) {
            if (kept.suspicion() == Suspicion.NONE) {
                answer(kept, () -> {});
            } else if (kept.suspicion() == Suspicion.SUSPECT) {
                waiting.add(kept);
            } else {
                dispatcher.refuse(
                        channel,
                        kept.message(),
                        "the daemon died each time it tried to answer it, so it is not tried again");
            }
        }
    }

    private void answerSuspects() {
        while (!leaving && !waiting.isEmpty()) {
            Kept kept = waiting.remove();
            LOG.warn(
                    "request {}: two daemons died while it was under way; it is answered by itself",
                    Integer.toUnsignedString(kept.message().counter()));
            CountDownLatch answered = new CountDownLatch(1);
            answer(kept, answered::countDown);
            await(answered);
        }
    }

    private void answer(Kept kept, Runnable afterwards) {
        record.orElseThrow().trying(kept.message());
        dispatcher.answer(channel, kept.message(), kept.received(), afterwards);
    }

    private static void await(CountDownLatch answered) {
        try {
            // The dispatcher answers everything, at the latest when the module has stalled.
            answered.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /** Begins nothing more: what is left stays in the record, for the successor. */
    void leave() {
        leaving = true;
    }

    /** Sees all of it answered. A dispatcher that is stopping answers at once. */
    void finish() {
        boolean interrupted = false;
        while (suspects.isAlive()) {
            try {
                suspects.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        // Left for a successor that there will not be.
        waiting.forEach(kept -> answer(kept, () -> {}));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many requests there were. */
    int size() {
        return left.size();
    }
}
