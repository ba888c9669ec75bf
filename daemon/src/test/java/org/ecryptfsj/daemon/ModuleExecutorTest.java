package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.daemon.Kernel.SIGNATURE;

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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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

/** What becomes of requests whose module hangs. Time passes when the test says so. */
class ModuleExecutorTest {
    private static final Duration STALL = Duration.ofSeconds(30);
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final InvertingModule module = new InvertingModule("inverting");
    private final Clock clock = new Clock();
    private final Journal journal = new Journal();
    private final Set<PendingRequest> pending = ConcurrentHashMap.newKeySet();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger =
            ((LoggerContext) org.slf4j.LoggerFactory.getILoggerFactory()).getLogger("org.ecryptfsj.daemon");
    private ModuleExecutor executor;
    private Kernel kernel;
    private int asked;

    /** A timer whose time passes by hand, and whose actions are done on the test's thread. */
    private static final class Clock implements ModuleExecutor.Timer {
        private record Planned(long at, Runnable action) {}

        private final PriorityQueue<Planned> plans = new PriorityQueue<>(Comparator.comparingLong(Planned::at));
        private long now;

        @Override
        public synchronized long nanoTime() {
            return now;
        }

        @Override
        public synchronized void schedule(Runnable action, long nanos) {
            plans.add(new Planned(now + nanos, action));
        }

        void pass(Duration duration) {
            long end = nanoTime() + duration.toNanos();
            for (Optional<Planned> next = next(end); next.isPresent(); next = next(end)) {
                next.get().action().run();
            }
            synchronized (this) {
                now = end;
            }
        }

        private synchronized Optional<Planned> next(long end) {
            if (plans.isEmpty() || plans.peek().at() > end) {
                return Optional.empty();
            }
            now = Math.max(now, plans.peek().at());
            return Optional.of(plans.remove());
        }

        synchronized int planned() {
            return plans.size();
        }
    }

    @BeforeEach
    void start() throws Exception {
        log.start();
        logger.addAppender(log);
        kernel = new Kernel();
        executor = new ModuleExecutor(module, 2, STALL, clock);
    }

    @AfterEach
    void stop() {
        module.release.countDown();
        executor.shutdownNow();
        logger.detachAppender(log);
        kernel.close();
    }

    private PendingRequest request(byte how) throws Exception {
        asked++;
        kernel.ask(asked, asked, Kernel.create(SIGNATURE, 1));
        Message message = kernel.channel.receive().orElseThrow();
        PendingRequest request =
                new PendingRequest(kernel.channel, message, journal, pending, System.nanoTime(), () -> {});
        KeyBlob blob = KeyBlob.copyOf(ByteBuffer.wrap(new byte[] {how}));
        request.setOut(new AuthTok.PrivateKey(new Signature(SIGNATURE), "inverting", blob), module);
        return request;
    }

    private void ask(byte how) throws Exception {
        executor.execute(request(how));
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

    private void askWhatHangs() throws Exception {
        for (int i = 0; i < 5; i++) {
            ask(InvertingModule.HANGS);
        }
        await(() -> module.hanging.get() == 2);
    }

    private void stall() throws Exception {
        askWhatHangs();
        clock.pass(STALL);
        assertAnswers(5, Kernel.FAILURE);
    }

    @Test
    void allThatWaitForAStalledModuleAreAnsweredAtOnceWithOneLine() throws Exception {
        askWhatHangs();
        clock.pass(STALL.minus(MOMENT));
        assertThat(kernel.answer(Duration.ZERO)).isEmpty();
        assertThat(pending).hasSize(5);

        clock.pass(MOMENT);

        assertAnswers(5, Kernel.FAILURE);
        assertThat(pending).isEmpty();
        assertThat(module.interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(logged(Level.WARN)).isEmpty();
        assertThat(logged(Level.ERROR))
                .singleElement()
                .asString()
                .contains("key module inverting is stalled", "30000 ms", "5 requests", "What to do:");
        assertThat(journal.requests(0)).containsEntry("stalled", 5L).containsEntry("timed_out", 0L);
    }

    @Test
    void whatComesAfterIsRefusedAtOnceWithoutALine() throws Exception {
        stall();

        for (int i = 0; i < 100; i++) {
            ask(InvertingModule.WORKS);
        }

        assertAnswers(100, Kernel.FAILURE);
        assertThat(logged(Level.WARN)).isEmpty();
        assertThat(logged(Level.ERROR)).hasSize(1);
        assertThat(executor.describe()).containsEntry("state", "stalled").containsEntry("waiting", 0);
    }

    @Test
    void aQueueThatMovesIsNoFailure() throws Exception {
        ask(InvertingModule.HANGS);
        for (int i = 0; i < 20; i++) {
            clock.pass(STALL.minus(MOMENT));
            ask(InvertingModule.WORKS);
            assertAnswers(1, 0);
        }
        assertThat(executor.describe()).containsEntry("state", "ok").containsEntry("waiting", 1);

        clock.pass(STALL);

        assertAnswers(1, Kernel.FAILURE);
    }

    @Test
    void aRefusalOfTheDeviceIsAnAnswerToo() throws Exception {
        ask(InvertingModule.HANGS);
        clock.pass(STALL.minus(MOMENT));
        ask(InvertingModule.REFUSES);
        assertAnswers(1, Kernel.FAILURE);

        clock.pass(STALL.minus(MOMENT));

        assertThat(executor.describe()).containsEntry("state", "ok").containsEntry("waiting", 1);
    }

    @Test
    void withoutADeviceOneOfTheRequestsToComeTriesTheModuleAndEndsTheStall() throws Exception {
        stall();
        clock.pass(ModuleExecutor.PROBE_INTERVAL);

        ask(InvertingModule.HANGS);
        ask(InvertingModule.WORKS);
        assertThat(kernel.answer().counter()).isEqualTo(asked);
        clock.pass(ModuleExecutor.PROBE_INTERVAL);
        assertThat(kernel.answer().counter()).isEqualTo(asked - 1);
        clock.pass(ModuleExecutor.PROBE_INTERVAL);
        ask(InvertingModule.WORKS);
        assertAnswers(1, 0);

        assertThat(executor.describe()).containsEntry("state", "ok");
        assertThat(logged(Level.ERROR)).hasSize(1);
        assertThat(logged(Level.INFO))
                .singleElement()
                .asString()
                .contains("key module inverting answers again", "1 requests were refused");
        ask(InvertingModule.WORKS);
        assertAnswers(1, 0);
    }

    @Test
    void aTrialThatHangsWhileTheStallEndsIsWatchedLikeAnyOther() throws Exception {
        module.deaf = true;
        stall();
        clock.pass(ModuleExecutor.PROBE_INTERVAL);
        ask(InvertingModule.HANGS_FOR_EVER);
        module.release.countDown();
        await(() -> executor.describe().get("state").equals("ok"));
        await(() -> module.hanging.get() == 3);

        clock.pass(ModuleExecutor.PROBE_INTERVAL);
        assertThat(kernel.answer(Duration.ZERO)).isEmpty();
        clock.pass(STALL);

        assertAnswers(1, Kernel.FAILURE);
    }

    @Test
    void nothingIsPlannedOnceNothingWaits() throws Exception {
        ask(InvertingModule.WORKS);
        assertAnswers(1, 0);

        clock.pass(STALL.multipliedBy(2));

        assertThat(clock.planned()).isZero();
    }

    @Test
    void aDeviceIsTriedOneLookAtATimeHoweverLongOneTakes() throws Exception {
        Device device = new Device();
        module.device = Optional.of(device);
        stall();

        for (int i = 0; i < 20; i++) {
            clock.pass(ModuleExecutor.PROBE_INTERVAL);
        }
        device.begun.await();

        assertThat(device.looks).hasSize(1);
        ask(InvertingModule.WORKS);
        assertAnswers(1, Kernel.FAILURE);

        device.outcome.add(Optional.empty());
        await(() -> executor.describe().get("state").equals("ok"));
        ask(InvertingModule.WORKS);
        assertAnswers(1, 0);
    }

    @Test
    void aDeviceThatIsNotThereIsTriedAgain() throws Exception {
        Device device = new Device();
        module.device = Optional.of(device);
        stall();
        for (Reason reason : List.of(Reason.TIMED_OUT, Reason.SERVICE_UNAVAILABLE, Reason.BUSY)) {
            int before = device.looks.size();
            device.outcome.add(Optional.of(new KeyModuleException(reason, "made by the test", "")));
            await(() -> {
                clock.pass(ModuleExecutor.PROBE_INTERVAL);
                return device.looks.size() > before;
            });
            assertThat(executor.describe()).containsEntry("state", "stalled");
        }

        device.outcome.add(Optional.of(new KeyModuleException(Reason.NOT_READY, "no owner", "")));
        await(() -> {
            clock.pass(ModuleExecutor.PROBE_INTERVAL);
            return executor.describe().get("state").equals("ok");
        });
    }

    @Test
    void aCallThatReturnsAfterAllEndsTheStall() throws Exception {
        module.deaf = true;
        stall();

        module.release.countDown();

        await(() -> executor.describe().get("state").equals("ok"));
        ask(InvertingModule.WORKS);
        assertAnswers(1, 0);
    }

    /** A device that says what the test says, when it says so. */
    private static final class Device implements KeyDevice {
        final CountDownLatch begun = new CountDownLatch(1);
        final List<Duration> looks = java.util.Collections.synchronizedList(new ArrayList<>());
        final LinkedBlockingQueue<Optional<KeyModuleException>> outcome = new LinkedBlockingQueue<>();

        @Override
        public State state(Duration limit) throws KeyModuleException {
            looks.add(limit);
            begun.countDown();
            try {
                Optional<KeyModuleException> failure = outcome.take();
                if (failure.isPresent()) {
                    throw failure.get();
                }
                return new State(true, List.of());
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a look", e);
            }
        }

        @Override
        public void requireUsable(String key, Duration limit) {
            throw new UnsupportedOperationException("a look uses no key");
        }

        @Override
        public void remove(String key, Duration limit) {
            throw new UnsupportedOperationException("a look removes nothing");
        }
    }
}
