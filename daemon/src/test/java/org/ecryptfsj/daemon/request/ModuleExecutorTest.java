package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.daemon.fakes.FakeKernel.SIGNATURE;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.ecryptfsj.daemon.fakes.FakeKernel;
import org.ecryptfsj.daemon.fakes.FakeKeyModule;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.netlink.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests whose module blocks. The test controls the time. */
class ModuleExecutorTest {
    private static final Duration STALL = Duration.ofSeconds(30);
    private static final Duration TICK = Duration.ofMillis(1);

    private final FakeKeyModule module = new FakeKeyModule("inverting");
    private final Clock clock = new Clock();
    private final RequestMetrics metrics = new RequestMetrics();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger =
            ((LoggerContext) org.slf4j.LoggerFactory.getILoggerFactory()).getLogger("org.ecryptfsj.daemon");
    private ModuleExecutor executor;
    private FakeKernel kernel;
    private int sent;

    /** A timer that the test advances, and that runs its actions on the test's thread. */
    private static final class Clock implements ModuleExecutor.Timer {
        private record Scheduled(long at, Runnable action) {}

        private final PriorityQueue<Scheduled> queue = new PriorityQueue<>(Comparator.comparingLong(Scheduled::at));
        private long now;

        @Override
        public synchronized long nanoTime() {
            return now;
        }

        @Override
        public synchronized void schedule(Runnable action, long nanos) {
            queue.add(new Scheduled(now + nanos, action));
        }

        void pass(Duration duration) {
            long end = nanoTime() + duration.toNanos();
            for (Optional<Scheduled> next = next(end); next.isPresent(); next = next(end)) {
                next.get().action().run();
            }
            synchronized (this) {
                now = end;
            }
        }

        private synchronized Optional<Scheduled> next(long end) {
            if (queue.isEmpty() || queue.peek().at() > end) {
                return Optional.empty();
            }
            now = Math.max(now, queue.peek().at());
            return Optional.of(queue.remove());
        }

        synchronized int scheduled() {
            return queue.size();
        }
    }

    @BeforeEach
    void start() throws Exception {
        log.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(log);
        kernel = new FakeKernel();
        executor = new ModuleExecutor(module, 2, STALL, clock);
    }

    @AfterEach
    void stop() throws Exception {
        module.release.countDown();
        executor.shutdownNow();
        // A request that ended later would write to the next test's log.
        assertThat(executor.awaitTermination(TimeUnit.SECONDS.toNanos(20))).isTrue();
        logger.detachAppender(log);
        logger.setLevel(null);
        kernel.close();
    }

    private PendingRequest request(byte behaviour) throws Exception {
        sent++;
        kernel.sendRequest(sent, sent, FakeKernel.create(SIGNATURE, 1));
        Message message = kernel.channel.receive().orElseThrow();
        PendingRequest request = new PendingRequest(kernel.channel, message, System.nanoTime(), metrics, () -> {});
        KeyBlob blob = KeyBlob.copyOf(ByteBuffer.wrap(new byte[] {behaviour}));
        request.prepare(new KeyOperation(
                message.request(), new AuthTok.PrivateKey(new Signature(SIGNATURE), "inverting", blob), module));
        request.release();
        return request;
    }

    private void send(byte behaviour) throws Exception {
        executor.execute(request(behaviour));
    }

    private void assertAnswers(int count, int status) throws Exception {
        for (int i = 0; i < count; i++) {
            assertThat(kernel.answer().status()).isEqualTo(status);
        }
    }

    private List<String> logged(Level level) {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private void sendBlocking() throws Exception {
        for (int i = 0; i < 5; i++) {
            send(FakeKeyModule.BLOCKS);
        }
        await(() -> module.blocked.get() == 2);
    }

    private void stall() throws Exception {
        sendBlocking();
        clock.pass(STALL);
        assertAnswers(5, FakeKernel.FAILURE);
    }

    @Test
    void allRequestsOfAStalledModuleFailWithOneLogLine() throws Exception {
        sendBlocking();
        clock.pass(STALL.minus(TICK));
        assertThat(kernel.answer(Duration.ZERO)).isEmpty();
        assertThat(metrics.inFlight()).hasSize(5);

        clock.pass(TICK);

        assertAnswers(5, FakeKernel.FAILURE);
        assertThat(metrics.inFlight()).isEmpty();
        assertThat(module.interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(logged(Level.WARN)).isEmpty();
        assertThat(logged(Level.ERROR))
                .singleElement()
                .asString()
                .contains("key module inverting is stalled", "30000 ms", "5 waiting requests", "What to do:");
        assertThat(metrics.counts().stalled()).isEqualTo(5);
        assertThat(metrics.counts().timedOut()).isZero();
    }

    @Test
    void laterRequestsOfAStalledModuleFailWithoutALogLine() throws Exception {
        stall();

        for (int i = 0; i < 100; i++) {
            send(FakeKeyModule.SUCCEEDS);
        }

        assertAnswers(100, FakeKernel.FAILURE);
        assertThat(logged(Level.WARN)).isEmpty();
        assertThat(logged(Level.ERROR)).hasSize(1);
        assertThat(executor.health().stalledFor()).isPresent();
        assertThat(executor.health().waiting()).isZero();
    }

    @Test
    void aQueueThatMovesDoesNotStall() throws Exception {
        send(FakeKeyModule.BLOCKS);
        for (int i = 0; i < 20; i++) {
            clock.pass(STALL.minus(TICK));
            send(FakeKeyModule.SUCCEEDS);
            assertAnswers(1, 0);
        }
        assertThat(executor.health()).isEqualTo(new ModuleExecutor.Health(Optional.empty(), 1));

        clock.pass(STALL);

        assertAnswers(1, FakeKernel.FAILURE);
    }

    @Test
    void aFailureOfTheDeviceIsAResponse() throws Exception {
        send(FakeKeyModule.BLOCKS);
        clock.pass(STALL.minus(TICK));
        send(FakeKeyModule.FAILS);
        assertAnswers(1, FakeKernel.FAILURE);

        clock.pass(STALL.minus(TICK));

        assertThat(executor.health()).isEqualTo(new ModuleExecutor.Health(Optional.empty(), 1));
    }

    @Test
    void withoutADeviceALaterRequestIsTheProbe() throws Exception {
        stall();
        clock.pass(ModuleExecutor.PROBE_INTERVAL);

        send(FakeKeyModule.BLOCKS);
        send(FakeKeyModule.SUCCEEDS);
        assertThat(kernel.answer().counter()).isEqualTo(sent);
        clock.pass(ModuleExecutor.PROBE_INTERVAL);
        assertThat(kernel.answer().counter()).isEqualTo(sent - 1);
        clock.pass(ModuleExecutor.PROBE_INTERVAL);
        send(FakeKeyModule.SUCCEEDS);
        assertAnswers(1, 0);

        assertThat(executor.health().stalledFor()).isEmpty();
        assertThat(logged(Level.ERROR)).hasSize(1);
        assertThat(logged(Level.INFO))
                .singleElement()
                .asString()
                .contains("key module inverting responds again", "1 requests were refused");
        send(FakeKeyModule.SUCCEEDS);
        assertAnswers(1, 0);
    }

    @Test
    void aProbeThatBlocksAfterTheStallHasEndedCanStallAgain() throws Exception {
        module.ignoresInterrupts = true;
        stall();
        clock.pass(ModuleExecutor.PROBE_INTERVAL);
        send(FakeKeyModule.BLOCKS_FOR_EVER);
        module.release.countDown();
        await(() -> executor.health().stalledFor().isEmpty());
        await(() -> module.blocked.get() == 3);

        clock.pass(ModuleExecutor.PROBE_INTERVAL);
        assertThat(kernel.answer(Duration.ZERO)).isEmpty();
        clock.pass(STALL);

        assertAnswers(1, FakeKernel.FAILURE);
    }

    @Test
    void nothingIsScheduledWhileNoRequestWaits() throws Exception {
        send(FakeKeyModule.SUCCEEDS);
        assertAnswers(1, 0);

        clock.pass(STALL.multipliedBy(2));

        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void onlyOneProbeOfADeviceIsInProgress() throws Exception {
        Device device = new Device();
        module.device = Optional.of(device);
        stall();

        for (int i = 0; i < 20; i++) {
            clock.pass(ModuleExecutor.PROBE_INTERVAL);
        }
        device.begun.await();

        assertThat(device.probes).hasSize(1);
        send(FakeKeyModule.SUCCEEDS);
        assertAnswers(1, FakeKernel.FAILURE);

        device.outcome.add(Optional.empty());
        await(() -> executor.health().stalledFor().isEmpty());
        send(FakeKeyModule.SUCCEEDS);
        assertAnswers(1, 0);
    }

    @Test
    void aDeviceThatIsUnavailableIsProbedAgain() throws Exception {
        Device device = new Device();
        module.device = Optional.of(device);
        stall();
        for (Reason reason : List.of(Reason.TIMED_OUT, Reason.SERVICE_UNAVAILABLE, Reason.BUSY)) {
            int before = device.probes.size();
            device.outcome.add(Optional.of(new KeyModuleException(reason, "made by the test", "")));
            await(() -> {
                clock.pass(ModuleExecutor.PROBE_INTERVAL);
                return device.probes.size() > before;
            });
            assertThat(executor.health().stalledFor()).isPresent();
        }

        device.outcome.add(Optional.of(new KeyModuleException(Reason.NOT_READY, "no owner", "")));
        await(() -> {
            clock.pass(ModuleExecutor.PROBE_INTERVAL);
            return executor.health().stalledFor().isEmpty();
        });
    }

    @Test
    void aCallThatReturnsLateEndsTheStall() throws Exception {
        module.ignoresInterrupts = true;
        stall();

        module.release.countDown();

        await(() -> executor.health().stalledFor().isEmpty());
        send(FakeKeyModule.SUCCEEDS);
        assertAnswers(1, 0);
    }

    /** A device whose probes return the outcomes that the test provides. */
    private static final class Device implements KeyDevice {
        final CountDownLatch begun = new CountDownLatch(1);
        final List<Duration> probes = java.util.Collections.synchronizedList(new ArrayList<>());
        final LinkedBlockingQueue<Optional<KeyModuleException>> outcome = new LinkedBlockingQueue<>();

        @Override
        public State state(Duration limit) throws KeyModuleException {
            probes.add(limit);
            begun.countDown();
            try {
                Optional<KeyModuleException> failure = outcome.take();
                if (failure.isPresent()) {
                    throw failure.get();
                }
                return new State(true, List.of());
            } catch (InterruptedException e) {
                throw new IllegalStateException("the probe was interrupted", e);
            }
        }

        @Override
        public void requireUsable(String key, Duration limit) {
            throw new UnsupportedOperationException("a probe uses no key");
        }

        @Override
        public void remove(String key, Duration limit) {
            throw new UnsupportedOperationException("a probe removes nothing");
        }
    }
}
