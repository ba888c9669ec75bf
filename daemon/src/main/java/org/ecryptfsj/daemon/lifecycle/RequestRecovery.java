package org.ecryptfsj.daemon.lifecycle;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import org.ecryptfsj.daemon.concurrent.DaemonThreads;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.netlink.InFlightStore;
import org.ecryptfsj.netlink.InFlightStore.Entry;
import org.ecryptfsj.netlink.KernelChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests that an earlier process had read and not answered, as {@link CrashPolicy} treats them. */
public final class RequestRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(RequestRecovery.class);

    private final KernelChannel channel;
    private final Optional<InFlightStore> store;
    private final RequestPipeline pipeline;
    private final List<Entry> unanswered;
    private final Thread isolation = DaemonThreads.named("recovery").newThread(this::answerSuspects);
    private final Queue<Entry> suspects = new ArrayDeque<>();
    private volatile boolean restarting;

    /** The requests in the channel's store, which is not read yet. */
    public RequestRecovery(KernelChannel channel, RequestPipeline pipeline) {
        this.channel = channel;
        this.pipeline = pipeline;
        store = channel.inFlightStore();
        unanswered = store.map(InFlightStore::unanswered).orElse(List.of());
    }

    /** Passes all requests to the pipeline, except suspects; those follow one at a time, on another thread. */
    public void start() {
        if (!unanswered.isEmpty()) {
            LOG.info(
                    "{} requests read by the previous process and not answered: answering them now", unanswered.size());
        }
        for (Entry entry : unanswered) {
            switch (CrashPolicy.of(entry)) {
                case NORMAL -> answer(entry, () -> {});
                case SUSPECT -> suspects.add(entry);
                case POISON ->
                    pipeline.refuse(
                            channel,
                            entry.message(),
                            "the daemon crashed each time it processed this request; not tried again");
            }
        }
        isolation.start();
    }

    private void answerSuspects() {
        while (!restarting && !suspects.isEmpty()) {
            Entry entry = suspects.remove();
            LOG.warn(
                    "request {}: in flight during two crashes; processing it in isolation",
                    Integer.toUnsignedString(entry.message().counter()));
            CountDownLatch replied = new CountDownLatch(1);
            answer(entry, replied::countDown);
            await(replied);
        }
    }

    private void answer(Entry entry, Runnable replied) {
        store.orElseThrow().recordAttempt(entry.message());
        pipeline.recover(channel, entry.message(), entry.received(), replied);
    }

    private static void await(CountDownLatch replied) {
        try {
            // The pipeline replies to every request, at the latest when the key module has stalled.
            replied.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("the recovery thread was interrupted", e);
        }
    }

    /** Starts no further suspects: they stay in the store, for the next process. */
    void leaveSuspects() {
        restarting = true;
    }

    /** Answers all that is left, for a daemon that stops. A pipeline that is stopping replies at once. */
    public void finish() {
        boolean interrupted = false;
        while (isolation.isAlive()) {
            try {
                isolation.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        // Left for the next process, but there is none.
        suspects.forEach(entry -> answer(entry, () -> {}));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Number of requests that the earlier process had read. */
    public int size() {
        return unanswered.size();
    }
}
