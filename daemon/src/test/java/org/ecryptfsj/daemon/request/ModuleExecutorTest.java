package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.daemon.fakes.FakeKernel.SIGNATURE;

import ch.qos.logback.classic.Level;
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
import org.ecryptfsj.daemon.fakes.CapturedLog;
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
    private CapturedLog log;
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

        /** The thread that runs the actions is late. */
        synchronized void passWithoutActions(Duration duration) {
            now += duration.toNanos();
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
        log = new CapturedLog(Level.INFO);
        kernel = new FakeKernel();
        executor = new ModuleExecutor(module, 2, STALL, clock);
    }

    @AfterEach
    void stop() throws Exception {
        module.release.countDown();
        executor.shutdownNow();
        // A request that ended later would write to the next test's log.
        assertThat(executor.awaitTermination(TimeUnit.SECONDS.toNanos(20))).isTrue();
        log.close();
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
        assertThat(log.lines(Level.WARN)).isEmpty();
        assertThat(log.lines(Level.ERROR))
                .singleElement()
                .asString()
                .contains("key module inverting is stalled", "30000 ms", "5 waiting requests", "What to do:");
        assertThat(metrics.counts().stalled()).isEqualTo(5);
        assertThat(metrics.counts().timedOut()).isZero();
    }

    /** On a busy machine the failures take a while, and the module may respond again meanwhile: its line must be the later one. */
    @Test
    void aStallIsLoggedBeforeItsRequestsFail() throws Exception {
        List<String> before = new ArrayList<>();
        PendingRequest request = request(FakeKeyModule.BLOCKS);
        request.whenCompleted(() -> before.addAll(log.lines(Level.ERROR)));
        executor.execute(request);

        clock.pass(STALL);

        assertAnswers(1, FakeKernel.FAILURE);
        assertThat(before).singleElement().asString().contains("is stalled");
    }

    @Test
    void laterRequestsOfAStalledModuleFailWithoutALogLine() throws Exception {
        stall();

        for (int i = 0; i < 100; i++) {
            send(FakeKeyModule.SUCCEEDS);
        }

        assertAnswers(100, FakeKernel.FAILURE);
        assertThat(log.lines(Level.WARN)).isEmpty();
        assertThat(log.lines(Level.ERROR)).hasSize(1);
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
        assertThat(log.lines(Level.ERROR)).hasSize(1);
        assertThat(log.lines(Level.INFO))
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

        device.outcome.add(Device.RESPONDS);
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
            device.outcome.add(Device.failing(reason));
            await(() -> {
                clock.pass(ModuleExecutor.PROBE_INTERVAL);
                return device.probes.size() > before;
            });
            assertThat(executor.health().stalledFor()).isPresent();
        }

        device.outcome.add(Device.failing(Reason.NOT_READY));
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

    @Test
    void aFailureOfTheServiceIsNoResponse() throws Exception {
        send(FakeKeyModule.BLOCKS);
        clock.pass(STALL.minus(TICK));
        send(FakeKeyModule.IS_UNAVAILABLE);
        assertAnswers(1, FakeKernel.FAILURE);

        clock.pass(TICK);

        assertAnswers(1, FakeKernel.FAILURE);
        assertThat(executor.health().stalledFor()).isPresent();
    }

    @Test
    void anErrorOfTheVirtualMachineEndsItsThreadAndNotTheService() throws Exception {
        for (int i = 0; i < 3; i++) {
            send(FakeKeyModule.RUNS_OUT_OF_MEMORY);
            assertAnswers(1, FakeKernel.FAILURE);
            send(FakeKeyModule.THROWS_ERROR);
            assertAnswers(1, FakeKernel.FAILURE);
        }

        send(FakeKeyModule.SUCCEEDS);
        assertAnswers(1, 0);
    }

    @Test
    void theLengthOfTheStallAndTheRefusedRequestsAreThoseOfThatStall() throws Exception {
        for (int refused : new int[] {3, 0}) {
            stall();
            for (int i = 0; i < refused; i++) {
                send(FakeKeyModule.SUCCEEDS);
                assertAnswers(1, FakeKernel.FAILURE);
            }
            clock.pass(ModuleExecutor.PROBE_INTERVAL.multipliedBy(3));
            send(FakeKeyModule.SUCCEEDS);
            assertAnswers(1, 0);
            module.blocked.set(0);
        }

        assertThat(log.lines(Level.INFO))
                .containsExactly(
                        "key module inverting responds again after 9 s; 3 requests were refused meanwhile",
                        "key module inverting responds again after 9 s; 0 requests were refused meanwhile");
    }

    @Test
    void requestsOfAStallLeaveTheQueue() throws Exception {
        module.ignoresInterrupts = true;
        int requests = ModuleExecutor.MAX_QUEUED + 2;
        for (int i = 0; i < 2; i++) {
            send(FakeKeyModule.BLOCKS);
        }
        await(() -> module.blocked.get() == 2);
        for (int i = 2; i < requests; i++) {
            send(FakeKeyModule.BLOCKS);
        }
        clock.pass(STALL);
        assertAnswers(requests, FakeKernel.FAILURE);
        clock.pass(ModuleExecutor.PROBE_INTERVAL);

        send(FakeKeyModule.SUCCEEDS);

        assertThat(kernel.answer(Duration.ZERO)).isEmpty();
        assertThat(executor.health().waiting()).isEqualTo(1);
    }

    @Test
    void aCheckIsOverdueOnceItIsLateByMoreThanTheTolerance() throws Exception {
        Duration tolerance = Duration.ofSeconds(2);
        assertThat(executor.isOverdue(tolerance)).isFalse();
        send(FakeKeyModule.BLOCKS);

        clock.passWithoutActions(STALL.plus(tolerance));
        assertThat(executor.isOverdue(tolerance)).isFalse();
        clock.passWithoutActions(TICK);
        assertThat(executor.isOverdue(tolerance)).isTrue();

        clock.pass(Duration.ZERO);
        assertAnswers(1, FakeKernel.FAILURE);
        assertThat(executor.isOverdue(tolerance)).isFalse();
    }

    @Test
    void aProbeThatFailsUnexpectedlyIsAWarningAndIsRepeated() throws Exception {
        Device device = new Device();
        module.device = Optional.of(device);
        stall();
        Device.Probe broken = () -> {
            throw new IllegalStateException("broken");
        };
        Device.Probe incomplete = () -> {
            throw new NoClassDefFoundError("broken");
        };
        for (Device.Probe probe : List.of(broken, incomplete)) {
            device.outcome.add(probe);
            int warnings = log.lines(Level.WARN).size();
            await(() -> {
                clock.pass(ModuleExecutor.PROBE_INTERVAL);
                return log.lines(Level.WARN).size() > warnings;
            });
        }
        assertThat(log.lines(Level.WARN)).containsOnly("probe of key module inverting failed");
        assertThat(device.probes).containsOnly(ModuleExecutor.PROBE_INTERVAL);
        assertThat(executor.health().stalledFor()).isPresent();

        device.outcome.add(Device.RESPONDS);
        await(() -> {
            clock.pass(ModuleExecutor.PROBE_INTERVAL);
            return executor.health().stalledFor().isEmpty();
        });
    }

    /** Its stack may hold parts of secrets. */
    @Test
    void aThreadEndsSoonAfterItsLastRequest() throws Exception {
        ModuleExecutor idle = new ModuleExecutor(new FakeKeyModule("idle"), 2, STALL, clock);
        idle.execute(request(FakeKeyModule.SUCCEEDS));
        assertAnswers(1, 0);

        await(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("module-idle")));
    }

    /** A device whose probes return the outcomes that the test provides. */
    private static final class Device implements KeyDevice {
        /** What a probe does. */
        private interface Probe {
            State run() throws KeyModuleException;
        }

        static final Probe RESPONDS = () -> new State(true, List.of());

        final CountDownLatch begun = new CountDownLatch(1);
        final List<Duration> probes = java.util.Collections.synchronizedList(new ArrayList<>());
        final LinkedBlockingQueue<Probe> outcome = new LinkedBlockingQueue<>();

        static Probe failing(Reason reason) {
            return () -> {
                throw new KeyModuleException(reason, "made by the test", "");
            };
        }

        @Override
        public State state(Duration limit) throws KeyModuleException {
            probes.add(limit);
            begun.countDown();
            try {
                return outcome.take().run();
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
