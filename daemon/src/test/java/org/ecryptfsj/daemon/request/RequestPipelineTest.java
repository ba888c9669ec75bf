package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ecryptfsj.daemon.fakes.FakeKernel.SIGNATURE;

import ch.qos.logback.classic.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import jnr.constants.platform.Errno;
import org.ecryptfsj.daemon.fakes.CapturedLog;
import org.ecryptfsj.daemon.fakes.FakeKernel;
import org.ecryptfsj.daemon.fakes.FakeKeyModule;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every request that was read gets exactly one reply, in time. */
class RequestPipelineTest {
    private static final String OTHER = "ffffffffffffffff";

    private final FakeKeyModule module = new FakeKeyModule("inverting");
    private final FakeKeyModule neighbour = new FakeKeyModule("neighbour");
    private final Map<String, Byte> behaviour = new ConcurrentHashMap<>();
    private final Map<String, String> aliases = new ConcurrentHashMap<>();
    private final List<AuthTok> found = new CopyOnWriteArrayList<>();
    private final RequestMetrics metrics = new RequestMetrics();
    private volatile long replyDelay;
    private FakeKernel kernel;
    private RequestPipeline pipeline;
    private Thread loop;

    @BeforeEach
    void start() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.SUCCEEDS);
        setKey(OTHER, "neighbour", FakeKeyModule.SUCCEEDS);
        startLoop(RequestLimits.DEFAULT);
    }

    private void startLoop(RequestLimits limits) throws Exception {
        kernel = new FakeKernel();
        pipeline =
                new RequestPipeline(KeyModules.of(module, neighbour), this::find, metrics, limits, 2, () -> replyDelay);
        loop = new Thread(() -> {
            try {
                new RequestLoop(kernel.channel, pipeline, metrics).run();
            } catch (LinuxException e) {
                throw new AssertionError(e);
            }
        });
        loop.start();
    }

    @AfterEach
    void stop() throws Exception {
        module.release.countDown();
        stopLoop();
    }

    private void restartWith(RequestLimits limits) throws Exception {
        stopLoop();
        startLoop(limits);
    }

    private static RequestLimits deadline(Duration deadline) {
        return new RequestLimits(Optional.of(deadline), RequestLimits.DEFAULT_STALL);
    }

    private void stopLoop() throws Exception {
        kernel.channel.stopReceiving();
        loop.join();
        pipeline.close();
        kernel.close();
    }

    private void setKey(String signature, String alias, byte behaviourOfModule) {
        behaviour.put(signature, behaviourOfModule);
        aliases.put(signature, alias);
    }

    private Optional<AuthTok> find(Signature signature) throws LinuxException {
        if (signature.hex().startsWith("dead")) {
            throw new LinuxException("keyctl read", Errno.EKEYREVOKED);
        }
        Optional<AuthTok> token = signature.hex().startsWith("abcd")
                ? Optional.of(new AuthTok.Password(signature, Secret.allocate(64), Salt.DEFAULT))
                : Optional.ofNullable(aliases.get(signature.hex()))
                        .map(alias ->
                                new AuthTok.PrivateKey(signature, alias, KeyBlob.copyOf(ByteBuffer.wrap(new byte[] {
                                    behaviour.get(signature.hex())
                                }))));
        token.ifPresent(found::add);
        return token;
    }

    @Test
    void aCreateIsAnsweredWithTheEncryptedKey() throws Exception {
        kernel.sendRequest(3, 17, FakeKernel.create(SIGNATURE, 5));

        FakeKernel.Answer answer = kernel.answer();

        assertThat(answer.index()).isEqualTo(3);
        assertThat(answer.counter()).isEqualTo(17);
        assertThat(answer.tag()).isEqualTo(0x43);
        assertThat(answer.content()).isEqualTo(hex(FakeKeyModule.inverted(FakeKernel.payload(5))));
    }

    @Test
    void anOpenIsAnsweredWithTheDecryptedKey() throws Exception {
        kernel.sendRequest(0, 1, FakeKernel.open(SIGNATURE, FakeKeyModule.inverted(FakeKernel.payload(9))));

        assertThat(kernel.answer()).isEqualTo(new FakeKernel.Answer(0, 1, 0x41, 0, hex(FakeKernel.payload(9))));
    }

    @Test
    void anUnknownSignatureFails() throws Exception {
        kernel.sendRequest(0, 1, FakeKernel.open("0000000000000000", new byte[10]));

        assertFailure(kernel.answer(), 0x41);
    }

    @Test
    void aKeyThatCannotBeReadFails() throws Exception {
        kernel.sendRequest(0, 1, FakeKernel.create("dead000000000000", 1));

        assertFailure(kernel.answer(), 0x43);
    }

    @Test
    void aPassphraseTokenFails() throws Exception {
        kernel.sendRequest(0, 1, FakeKernel.create("abcd000000000000", 1));

        assertFailure(kernel.answer(), 0x43);
    }

    @Test
    void aTokenOfAMissingModuleFails() throws Exception {
        setKey("1111111111111111", "absent", FakeKeyModule.SUCCEEDS);
        kernel.sendRequest(0, 1, FakeKernel.open("1111111111111111", new byte[10]));

        assertFailure(kernel.answer(), 0x41);
    }

    @Test
    void everyFailureOfAModuleFailsItsRequestOnly() throws Exception {
        for (byte behaviourOfModule : List.of(
                FakeKeyModule.FAILS,
                FakeKeyModule.THROWS_ERROR,
                FakeKeyModule.RETURNS_TOO_MANY_BYTES,
                FakeKeyModule.RETURNS_NO_BYTES)) {
            setKey(SIGNATURE, "inverting", behaviourOfModule);
            kernel.sendRequest(0, 1, FakeKernel.create(SIGNATURE, 1));
            assertFailure(kernel.answer(), 0x43);
            kernel.sendRequest(0, 2, FakeKernel.open(SIGNATURE, new byte[19]));
            assertFailure(kernel.answer(), 0x41);
        }
        setKey(SIGNATURE, "inverting", FakeKeyModule.SUCCEEDS);
        kernel.sendRequest(0, 3, FakeKernel.create(SIGNATURE, 1));
        assertThat(kernel.answer().status()).isZero();
    }

    /** On a busy machine a deadline may pass before a thread of the module takes the request; then another request is sent. */
    @Test
    void aRequestFailsAtItsDeadlineAndTheModuleIsInterrupted() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        restartWith(deadline(Duration.ofMillis(100)));
        int sent = 0;
        do {
            sent++;
            long start = System.nanoTime();
            kernel.sendRequest(0, sent, FakeKernel.open(SIGNATURE, new byte[19]));

            assertFailure(kernel.answer(), 0x41);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
        } while (sent < 20 && !module.interrupted.await(500, TimeUnit.MILLISECONDS));
        assertThat(module.interrupted.getCount()).isZero();
        assertThat(metrics.counts().timedOut()).isEqualTo(sent);
    }

    @Test
    void queuedRequestsFailAtTheirDeadlineToo() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        restartWith(deadline(Duration.ofMillis(100)));

        for (int i = 0; i < 8; i++) {
            kernel.sendRequest(i, i + 1, FakeKernel.open(SIGNATURE, new byte[19]));
        }

        for (int i = 0; i < 8; i++) {
            assertFailure(kernel.answer(), 0x41);
        }
        assertThat(pipeline.inFlight()).isZero();
    }

    @Test
    void aBlockedModuleDoesNotDelayAnother() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        for (int i = 0; i < 10; i++) {
            kernel.sendRequest(i, i + 1, FakeKernel.create(SIGNATURE, 1));
        }

        kernel.sendRequest(20, 21, FakeKernel.create(OTHER, 2));

        FakeKernel.Answer answer = kernel.answer();
        assertThat(answer.counter()).isEqualTo(21);
        assertThat(answer.status()).isZero();
    }

    @Test
    void aRequestThatNeedsNoWaitIsAnsweredWhileOthersBlock() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        for (int i = 0; i < 10; i++) {
            kernel.sendRequest(i, i + 1, FakeKernel.create(SIGNATURE, 1));
        }
        setKey(OTHER, "inverting", FakeKeyModule.SUCCEEDS_AT_ONCE);

        kernel.sendRequest(20, 21, FakeKernel.create(OTHER, 2));
        FakeKernel.Answer created = kernel.answer();
        kernel.sendRequest(20, 22, FakeKernel.open(OTHER, FakeKeyModule.inverted(FakeKernel.payload(9))));
        FakeKernel.Answer opened = kernel.answer();

        assertThat(created.counter()).isEqualTo(21);
        assertThat(created.content()).isEqualTo(hex(FakeKeyModule.inverted(FakeKernel.payload(2))));
        assertThat(opened.counter()).isEqualTo(22);
        assertThat(opened.content()).isEqualTo(hex(FakeKernel.payload(9)));
        assertThat(pipeline.inFlight()).isEqualTo(10);
    }

    @Test
    void aRequestForAFullQueueFailsAtOnce() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        int queued = 256 + 2;
        for (int i = 0; i < queued; i++) {
            kernel.sendRequest(i, i + 1, FakeKernel.create(SIGNATURE, 1));
        }

        kernel.sendRequest(999, 1000, FakeKernel.create(SIGNATURE, 1));

        FakeKernel.Answer answer = kernel.answer();
        assertFailure(answer, 0x43);
        assertThat(answer.counter()).isEqualTo(1000);
    }

    @Test
    void requestsInFlightFailWhenTheDaemonStops() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        for (int i = 0; i < 6; i++) {
            kernel.sendRequest(i, i + 1, FakeKernel.create(SIGNATURE, 1));
        }
        kernel.sendRequest(20, 21, FakeKernel.create(OTHER, 2));
        assertThat(kernel.answer().counter()).isEqualTo(21);

        try (CapturedLog log = new CapturedLog(Level.INFO)) {
            pipeline.finish(Duration.ofMillis(50));

            for (int i = 0; i < 6; i++) {
                assertFailure(kernel.answer(), 0x43);
            }
            assertThat(log.lines(Level.WARN)).hasSize(6).allSatisfy(line -> assertThat(line)
                    .endsWith("failed: the daemon is stopping"));
        }
        await(module.interrupted);
        kernel.sendRequest(30, 31, FakeKernel.create(OTHER, 2));
        assertFailure(kernel.answer(), 0x43);
    }

    @Test
    void aModuleThatIsDoneIsNotInterruptedWhenTheDaemonStops() throws Exception {
        kernel.sendRequest(20, 21, FakeKernel.create(SIGNATURE, 2));
        assertThat(kernel.answer().status()).isZero();

        pipeline.finish(Duration.ofMinutes(1));

        assertThat(module.interrupted.getCount()).isOne();
    }

    @Test
    void aClosedPipelineHasAnsweredEveryRequest() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        kernel.sendRequest(0, 1, FakeKernel.create(SIGNATURE, 1));
        awaitBlocked(1);

        pipeline.close();

        assertFailure(kernel.answer(), 0x43);
    }

    @Test
    void aFailureWithoutAWaitFailsTheRequestWithItsReason() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.FAILS_AT_ONCE);
        try (CapturedLog log = new CapturedLog(Level.INFO)) {
            kernel.sendRequest(0, 1, FakeKernel.create(SIGNATURE, 1));
            assertFailure(kernel.answer(), 0x43);
            kernel.sendRequest(0, 2, FakeKernel.open(SIGNATURE, new byte[19]));
            assertFailure(kernel.answer(), 0x41);
            stopLoop();

            assertThat(log.lines(Level.WARN)).hasSize(2).allSatisfy(line -> assertThat(line)
                    .contains("refused at once")
                    .contains("do something"));
            startLoop(RequestLimits.DEFAULT);
        }
    }

    @Test
    void aPipelineIsIdleOnceARecoveredRequestIsAnswered() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        try (FakeKernel earlier = new FakeKernel()) {
            earlier.sendRequest(4, 5, FakeKernel.create(SIGNATURE, 1));
            pipeline.recover(earlier.channel, earlier.channel.receive().orElseThrow(), System.nanoTime(), () -> {});
            awaitBlocked(1);
            Thread waiting = awaitIdleInAnotherThread();

            module.release.countDown();

            waiting.join(Duration.ofSeconds(20).toMillis());
            assertThat(waiting.isAlive()).isFalse();
        }
    }

    @Test
    void theReplyToARequesterThatMayBeAwakeIsDelayed() throws Exception {
        replyDelay = Duration.ofHours(1).toNanos();
        setKey(OTHER, "neighbour", FakeKeyModule.SUCCEEDS_AT_ONCE);
        try (FakeKernel busy = new FakeKernel()) {
            acceptTwo(busy);

            assertThat(pipeline.inFlight()).isEqualTo(2);
            assertThat(busy.answer(Duration.ZERO)).isEmpty();

            pipeline.finish(Duration.ZERO);
            assertFailure(busy.answer(), 0x43);
            assertFailure(busy.answer(), 0x43);
        }
    }

    @Test
    void whileOneReplyIsDelayedAllAre() throws Exception {
        replyDelay = Duration.ofHours(1).toNanos();
        setKey(OTHER, "neighbour", FakeKeyModule.SUCCEEDS_AT_ONCE);
        try (FakeKernel busy = new FakeKernel()) {
            acceptTwo(busy);
            kernel.sendRequest(3, 3, FakeKernel.create(OTHER, 3));
            while (pipeline.inFlight() < 3) {
                Thread.onSpinWait();
            }

            pipeline.finish(Duration.ZERO);

            assertFailure(kernel.answer(), 0x43);
        }
    }

    @Test
    void noMoreRepliesAreDelayedThanAModuleMayHaveInItsQueue() throws Exception {
        replyDelay = Duration.ofHours(1).toNanos();
        setKey(OTHER, "neighbour", FakeKeyModule.SUCCEEDS_AT_ONCE);
        try (FakeKernel busy = new FakeKernel()) {
            acceptTwo(busy);
            for (int i = 2; i < RequestPipeline.MOST_DELAYED; i++) {
                busy.sendRequest(i, i + 1, FakeKernel.create(OTHER, 1));
                pipeline.accept(busy.channel, busy.channel.receive().orElseThrow());
            }
            assertThat(busy.answer(Duration.ZERO)).isEmpty();

            busy.sendRequest(999, 1000, FakeKernel.create(OTHER, 1));
            pipeline.accept(busy.channel, busy.channel.receive().orElseThrow());

            assertThat(busy.answer().counter()).isEqualTo(1000);
        }
    }

    @Test
    void delayedRequestsAreAnsweredBeforeTheDaemonStops() throws Exception {
        replyDelay = Duration.ofMillis(100).toNanos();
        try (FakeKernel busy = new FakeKernel()) {
            acceptTwo(busy);

            pipeline.finish(Duration.ofSeconds(10));

            assertThat(busy.answer().status()).isZero();
            assertThat(busy.answer().status()).isZero();
        }
    }

    /** Both requests are queued before the first is received. */
    private void acceptTwo(FakeKernel busy) throws Exception {
        busy.sendRequest(1, 1, FakeKernel.create(OTHER, 1));
        busy.sendRequest(2, 2, FakeKernel.create(OTHER, 2));
        pipeline.accept(busy.channel, busy.channel.receive().orElseThrow());
        pipeline.accept(busy.channel, busy.channel.receive().orElseThrow());
    }

    @Test
    void malformedMessagesAreAnsweredOrDiscarded() throws Exception {
        byte[] good = FakeKernel.create(SIGNATURE, 1);
        List<byte[]> packets = new ArrayList<>();
        for (int length = 1; length < good.length; length++) {
            packets.add(java.util.Arrays.copyOf(good, length));
        }
        packets.add(hex("42ff"));
        packets.add(hex("42e0ffffff"));
        packets.add(hex("00".repeat(40)));
        packets.add(hex("ff".repeat(500)));
        packets.add(replaced(good, 0, 0x50));
        packets.add(replaced(good, 1, 15));
        packets.add(replaced(good, 1, 17));
        packets.add(replaced(good, 2, 'G'));
        packets.add(replaced(good, good.length - 1, 0x55));
        for (byte[] packet : packets) {
            kernel.sendRequest(1, 2, packet);
            assertThat(kernel.answer().status())
                    .as(HexFormat.of().formatHex(packet))
                    .isEqualTo(FakeKernel.FAILURE);
        }
        for (String frame :
                List.of("66", "6600000001", "6600000001ff", "660000000108", "00", "67000000010a", "aa".repeat(700))) {
            kernel.send(hex(frame));
        }
        kernel.sendRequest(5, 6, good);
        assertThat(kernel.answer().status()).isZero();
        assertThat(metrics.counts().discardedFrames()).isEqualTo(7);
    }

    @Test
    void requestsAreCountedPerKey() throws Exception {
        kernel.sendRequest(0, 1, FakeKernel.create(SIGNATURE, 1));
        kernel.answer();
        kernel.sendRequest(0, 2, FakeKernel.open("0000000000000000", new byte[10]));
        kernel.answer();

        assertThat(metrics.keysInUse()).containsOnlyKeys(SIGNATURE, "0000000000000000");
        assertThat(metrics.counts().received()).isEqualTo(2);
        assertThat(metrics.counts().answered()).isEqualTo(1);
        assertThat(metrics.counts().failed()).isEqualTo(1);
        assertThat(metrics.counts().inFlight()).isZero();
    }

    @Test
    void aFailedLookUpIsOneWarningThatSaysWhatIsWrong() throws Exception {
        setKey("1111111111111111", "absent", FakeKeyModule.SUCCEEDS);
        Map<String, String> explanations = new TreeMap<>(Map.of(
                "0000000000000000", "no such key in the user keyring. What to do: mount again with this key",
                "1111111111111111", "key module absent is not installed. What to do: install it",
                "abcd000000000000", "the key is a passphrase token, which the kernel uses without the daemon",
                "dead000000000000", "token in the keyring cannot be used: keyctl read"));
        try (CapturedLog log = new CapturedLog(Level.INFO)) {
            for (String signature : explanations.keySet()) {
                kernel.sendRequest(0, 1, FakeKernel.open(signature, new byte[10]));
                assertFailure(kernel.answer(), 0x41);
            }
            stopLoop();

            assertThat(log.events()).hasSize(explanations.size());
            assertThat(log.lines(Level.WARN))
                    .zipSatisfy(List.copyOf(explanations.entrySet()), (line, expected) -> assertThat(line)
                            .startsWith(
                                    "request 1 (open, key " + expected.getKey() + ") failed: " + expected.getValue()));
            startLoop(RequestLimits.DEFAULT);
        }
    }

    @Test
    void aTokenThatIsNotUsedIsWiped() throws Exception {
        setKey("1111111111111111", "absent", FakeKeyModule.SUCCEEDS);
        for (String signature : List.of("abcd000000000000", "1111111111111111")) {
            kernel.sendRequest(0, 1, FakeKernel.create(signature, 1));
            assertFailure(kernel.answer(), 0x43);
        }

        assertThatThrownBy(() -> ((AuthTok.Password) found.get(0)).fekek().buffer())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ((AuthTok.PrivateKey) found.get(1)).blob().buffer())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void afterAnErrorOfTheVirtualMachineTheReceivingThreadEndsAndTheRequestFails() throws Exception {
        for (Error error : List.of(new AssertionError("made by the test"), new OutOfMemoryError("made by the test"))) {
            try (FakeKernel other = new FakeKernel();
                    RequestPipeline broken = pipeline(RequestLimits.DEFAULT, signature -> {
                        throw error;
                    })) {
                other.sendRequest(1, 1, FakeKernel.create(SIGNATURE, 1));
                Message message = other.channel.receive().orElseThrow();

                if (error instanceof VirtualMachineError) {
                    assertThatThrownBy(() -> broken.accept(other.channel, message))
                            .isSameAs(error);
                } else {
                    broken.accept(other.channel, message);
                }

                assertFailure(other.answer(), 0x43);
            }
        }
    }

    @Test
    void aRecoveredRequestIsAnsweredAndReported() throws Exception {
        CountDownLatch replied = new CountDownLatch(1);
        try (FakeKernel earlier = new FakeKernel()) {
            earlier.sendRequest(4, 5, FakeKernel.create(SIGNATURE, 1));

            pipeline.recover(
                    earlier.channel, earlier.channel.receive().orElseThrow(), System.nanoTime(), replied::countDown);

            assertThat(earlier.answer().status()).isZero();
            assertThat(replied.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void theDeadlineOfARecoveredRequestCountsFromItsRead() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        restartWith(deadline(Duration.ofHours(1)));
        try (FakeKernel earlier = new FakeKernel()) {
            earlier.sendRequest(4, 5, FakeKernel.create(SIGNATURE, 1));

            pipeline.recover(
                    earlier.channel,
                    earlier.channel.receive().orElseThrow(),
                    System.nanoTime() - Duration.ofHours(1).toNanos(),
                    () -> {});

            assertFailure(earlier.answer(), 0x43);
            assertThat(metrics.counts().timedOut()).isEqualTo(1);
        }
    }

    @Test
    void aRefusedRequestFailsWithItsExplanation() throws Exception {
        try (CapturedLog log = new CapturedLog(Level.INFO);
                FakeKernel earlier = new FakeKernel()) {
            earlier.sendRequest(4, 5, FakeKernel.create(SIGNATURE, 1));

            pipeline.refuse(earlier.channel, earlier.channel.receive().orElseThrow(), "made by the test");

            assertFailure(earlier.answer(), 0x43);
            assertThat(log.lines(Level.WARN))
                    .containsExactly("request 5 (create, key " + SIGNATURE + ") failed: made by the test");
        }
    }

    /** The thread that looks up a token is stuck, so that nothing enforces the deadline. */
    @ParameterizedTest
    @CsvSource({"59, false", "61, true"})
    void aRequestWithoutAReplyIsOverdueAfterItsDeadline(int minutesAgo, boolean overdue) throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (FakeKernel other = new FakeKernel();
                RequestPipeline slow = pipeline(deadline(Duration.ofHours(1)), signature -> {
                    stuck.countDown();
                    await(end);
                    return Optional.empty();
                })) {
            other.sendRequest(1, 1, FakeKernel.create(SIGNATURE, 1));
            Message message = other.channel.receive().orElseThrow();
            assertThat(slow.isOverdue()).isFalse();
            CompletableFuture<Void> lookUp = CompletableFuture.runAsync(() -> slow.recover(
                    other.channel,
                    message,
                    System.nanoTime() - Duration.ofMinutes(minutesAgo).toNanos(),
                    () -> {}));
            await(stuck);

            assertThat(slow.isOverdue()).isEqualTo(overdue);

            end.countDown();
            lookUp.get(10, TimeUnit.SECONDS);
            assertThat(slow.isOverdue()).isFalse();
        }
    }

    @Test
    void withoutADeadlineARequestThatWaitsIsNotOverdue() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        try (FakeKernel earlier = new FakeKernel()) {
            earlier.sendRequest(4, 5, FakeKernel.create(SIGNATURE, 1));
            pipeline.recover(
                    earlier.channel,
                    earlier.channel.receive().orElseThrow(),
                    System.nanoTime() - Duration.ofDays(1).toNanos(),
                    () -> {});

            assertThat(pipeline.isOverdue()).isFalse();
            assertThat(pipeline.health(module)).isEqualTo(new ModuleExecutor.Health(Optional.empty(), 1));
            assertThat(pipeline.health(neighbour)).isEqualTo(new ModuleExecutor.Health(Optional.empty(), 0));
            module.release.countDown();
            assertThat(earlier.answer().status()).isZero();
        }
    }

    @Test
    void aPipelineIsIdleOnceTheLastReplyIsSent() throws Exception {
        pipeline.awaitIdle(Duration.ofHours(1));
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        kernel.sendRequest(0, 1, FakeKernel.create(SIGNATURE, 1));
        awaitBlocked(1);

        long start = System.nanoTime();
        pipeline.awaitIdle(Duration.ofMillis(20));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(20));
        assertThat(pipeline.inFlight()).isEqualTo(1);

        Thread waiting = awaitIdleInAnotherThread();
        module.release.countDown();

        waiting.join(Duration.ofSeconds(20).toMillis());
        assertThat(waiting.isAlive()).isFalse();
        assertThat(pipeline.inFlight()).isZero();
    }

    /** @return a thread that waits already */
    private Thread awaitIdleInAnotherThread() {
        Thread waiting = new Thread(() -> {
            try {
                pipeline.awaitIdle(Duration.ofHours(1));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        waiting.start();
        while (waiting.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        return waiting;
    }

    @Test
    void requestsInProgressAreAnsweredBeforeTheDaemonStops() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        setKey(OTHER, "neighbour", FakeKeyModule.SUCCEEDS_AT_ONCE);
        kernel.sendRequest(0, 1, FakeKernel.create(SIGNATURE, 1));
        awaitBlocked(1);
        CompletableFuture<Void> finish = CompletableFuture.runAsync(() -> pipeline.finish(Duration.ofMinutes(1)));
        int status = 0;
        while (status == 0) {
            kernel.sendRequest(1, 2, FakeKernel.create(OTHER, 1));
            status = kernel.answer().status();
        }
        assertThat(finish).isNotDone();

        module.release.countDown();

        assertThat(kernel.answer()).satisfies(answer -> {
            assertThat(answer.counter()).isEqualTo(1);
            assertThat(answer.status()).isZero();
        });
        finish.get(20, TimeUnit.SECONDS);
    }

    @Test
    void anInterruptedStopWaitsForNothingAndTheThreadStaysInterrupted() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.BLOCKS);
        kernel.sendRequest(0, 1, FakeKernel.create(SIGNATURE, 1));
        awaitBlocked(1);
        Thread.currentThread().interrupt();

        pipeline.finish(Duration.ofHours(1));

        assertThat(Thread.interrupted()).isTrue();
        assertFailure(kernel.answer(), 0x43);
    }

    @Test
    void anInterruptedStopDoesNotWaitForDelayedReplies() throws Exception {
        replyDelay = Duration.ofHours(1).toNanos();
        try (FakeKernel busy = new FakeKernel()) {
            acceptTwo(busy);
            Thread.currentThread().interrupt();

            pipeline.finish(Duration.ofHours(1));

            assertThat(Thread.interrupted()).isTrue();
            assertFailure(busy.answer(), 0x43);
            assertFailure(busy.answer(), 0x43);
        }
    }

    @Test
    void noReplyIsDelayedOnceTheDaemonStops() throws Exception {
        replyDelay = Duration.ofHours(1).toNanos();
        pipeline.finish(Duration.ZERO);
        try (FakeKernel busy = new FakeKernel()) {
            acceptTwo(busy);

            assertFailure(busy.answer(), 0x43);
            assertFailure(busy.answer(), 0x43);
        }
    }

    @Test
    void anActionIsRepeated() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch three = new CountDownLatch(3);
        try (RequestPipeline repeating = pipeline(RequestLimits.DEFAULT, signature -> Optional.empty())) {
            assertThat(repeating.limits()).isSameAs(RequestLimits.DEFAULT);
            repeating.repeat(Duration.ofMillis(1), () -> {
                runs.incrementAndGet();
                three.countDown();
            });
            assertThat(three.await(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(runs.get()).isGreaterThanOrEqualTo(3);
    }

    private RequestPipeline pipeline(RequestLimits limits, RequestPipeline.TokenSource tokens) {
        return new RequestPipeline(KeyModules.of(module), tokens, new RequestMetrics(), limits, 1, () -> 0);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void awaitBlocked(int calls) {
        while (module.blocked.get() < calls) {
            Thread.onSpinWait();
        }
    }

    /**
     * The replies of requests that need no wait are not read, so that the receiving thread blocks in write(2). Only a
     * trace whose innermost frame of ours is the write is taken: before and after it, accessors may be on top.
     */
    @Test
    void thePathFromTheReceivingLoopToTheWriteIsShort() throws Exception {
        setKey(SIGNATURE, "inverting", FakeKeyModule.SUCCEEDS_AT_ONCE);
        int requests = 2000;
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            try {
                for (int i = 0; i < requests; i++) {
                    kernel.sendRequest(i % 32, i, FakeKernel.create(SIGNATURE, 1));
                }
            } catch (LinuxException e) {
                throw new AssertionError(e);
            }
        });

        List<String> path = List.of();
        while (path.isEmpty() || !path.get(0).equals("Descriptor.write")) {
            path = Stream.of(loop.getStackTrace())
                    .filter(frame -> frame.getClassName().startsWith("org.ecryptfsj"))
                    .map(frame -> frame.getClassName().replaceFirst(".*\\.", "") + "." + frame.getMethodName())
                    .filter(method -> !method.matches(".*(Binding|NativeFunction)\\..*|.*(\\$\\$Lambda|lambda\\$).*"))
                    .toList();
        }

        for (int i = 0; i < requests; i++) {
            assertThat(kernel.answer().status()).isZero();
        }
        sending.get(10, TimeUnit.SECONDS);
        assertThat(path)
                .containsExactly(
                        "Descriptor.write",
                        "ChannelLifecycle.send",
                        "MiscdevChannel.reply",
                        "PendingRequest.complete",
                        "RequestPipeline.process",
                        "RequestPipeline.accept",
                        "RequestLoop.run");
    }

    private static void assertFailure(FakeKernel.Answer answer, int tag) {
        assertThat(answer.status()).isEqualTo(FakeKernel.FAILURE);
        assertThat(answer.tag()).isEqualTo(tag);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static byte[] replaced(byte[] packet, int at, int with) {
        byte[] copy = packet.clone();
        copy[at] = (byte) with;
        return copy;
    }
}
