package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ecryptfsj.daemon.fakes.FakeKernel.SIGNATURE;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.ecryptfsj.daemon.fakes.CapturedLog;
import org.ecryptfsj.daemon.fakes.FakeKernel;
import org.ecryptfsj.daemon.fakes.FakeKeyModule;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.netlink.Message;
import org.ecryptfsj.netlink.MiscdevChannel;
import org.ecryptfsj.netlink.Request.Tag66Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each request gets one reply, and keeps its secrets as long as a thread works on it. */
@Timeout(60)
class PendingRequestTest {
    /** Each write that is not a number fails with EINVAL, as that of a reply that the kernel does not wait for. */
    private static final String REFUSES_WRITES = "/proc/self/oom_score_adj";

    private final RequestMetrics metrics = new RequestMetrics();
    private final AtomicInteger replies = new AtomicInteger();
    private FakeKernel kernel;
    private Secret payload;
    private PendingRequest request;

    @BeforeEach
    void start() throws Exception {
        kernel = new FakeKernel();
        kernel.sendRequest(3, 7, FakeKernel.create(SIGNATURE, 5));
        Message message = kernel.channel.receive().orElseThrow();
        payload = ((Tag66Request) message.request()).payload();
        request = new PendingRequest(kernel.channel, message, System.nanoTime(), metrics, replies::incrementAndGet);
    }

    @AfterEach
    void stop() {
        kernel.close();
    }

    private static Outcome failure(Outcome.Cause cause) {
        return Outcome.failure(cause, "made by the test");
    }

    private boolean isWiped() {
        try {
            return payload.buffer() == null;
        } catch (IllegalStateException closed) {
            return true;
        }
    }

    @Test
    void theFirstOutcomeIsTheReplyAndLaterOnesAreClosed() throws Exception {
        Secret late = Secret.allocate(19);

        request.complete(Outcome.encrypted(new byte[80]));
        request.complete(failure(Outcome.Cause.TIMED_OUT));
        request.complete(Outcome.decrypted(late));

        assertThat(kernel.answer().status()).isZero();
        assertThat(kernel.answer(Duration.ZERO)).isEmpty();
        assertThat(replies).hasValue(1);
        assertThat(metrics.counts().answered()).isEqualTo(1);
        assertThat(metrics.counts().failed()).isZero();
        assertThat(metrics.counts().inFlight()).isZero();
        assertThatThrownBy(late::buffer).isInstanceOf(IllegalStateException.class);
        assertThat(isWiped()).isTrue();
    }

    @Test
    void aWaitingRequestThatIsCompletedIsWipedAndNotResumed() throws Exception {
        request.release();

        request.complete(failure(Outcome.Cause.TIMED_OUT));

        assertThat(kernel.answer().status()).isEqualTo(FakeKernel.FAILURE);
        assertThat(isWiped()).isTrue();
        assertThat(request.resume()).isFalse();
    }

    @Test
    void aRequestCompletedUnderItsWorkerKeepsItsSecretsUntilTheWorkerReturns() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch wasInterrupted = new CountDownLatch(1);
        CountDownLatch checked = new CountDownLatch(1);
        CountDownLatch cleared = new CountDownLatch(1);
        request.release();
        Thread worker = new Thread(() -> {
            assertThat(request.resume()).isTrue();
            working.countDown();
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
            wasInterrupted.countDown();
            while (checked.getCount() > 0) {
                Thread.onSpinWait();
            }
            request.complete(Outcome.encrypted(new byte[80]));
            if (!Thread.currentThread().isInterrupted()) {
                cleared.countDown();
            }
        });
        worker.start();
        working.await();

        request.complete(failure(Outcome.Cause.STALLED));

        wasInterrupted.await();
        assertThat(kernel.answer().status()).isEqualTo(FakeKernel.FAILURE);
        assertThat(isWiped()).isFalse();
        checked.countDown();
        worker.join();
        assertThat(isWiped()).isTrue();
        assertThat(cleared.getCount())
                .as("the interrupt was for this request only")
                .isZero();
        assertThat(kernel.answer(Duration.ZERO)).isEmpty();
        assertThat(metrics.counts().stalled()).isEqualTo(1);
    }

    @Test
    void anActionRunsOnceWhetherItIsAddedBeforeOrAfterTheCompletion() {
        AtomicInteger runs = new AtomicInteger();
        request.whenCompleted(runs::incrementAndGet);
        assertThat(runs).hasValue(0);

        request.complete(failure(Outcome.Cause.FAILED));
        request.complete(failure(Outcome.Cause.FAILED));
        assertThat(runs).hasValue(1);

        request.whenCompleted(runs::incrementAndGet);
        assertThat(runs).hasValue(2);
    }

    @Test
    void aResultOfInvalidLengthIsADefectOfTheModuleAndItsSecretIsClosed() {
        Secret tooLong = Secret.allocate(1000);

        assertThat(Outcome.decrypted(tooLong))
                .isInstanceOfSatisfying(Outcome.Failure.class, failure -> assertThat(failure.cause())
                        .isEqualTo(Outcome.Cause.DEFECT));
        assertThatThrownBy(tooLong::buffer).isInstanceOf(IllegalStateException.class);
        assertThat(Outcome.encrypted(new byte[513])).isInstanceOf(Outcome.Failure.class);
    }

    private PendingRequest received(byte[] packet, int counter, long at) throws Exception {
        kernel.sendRequest(1, counter, packet);
        return new PendingRequest(kernel.channel, kernel.channel.receive().orElseThrow(), at, metrics, () -> {});
    }

    @Test
    void aWorkerThatReleasesACompletedRequestWipesIt() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch cleared = new CountDownLatch(1);
        request.release();
        Thread worker = new Thread(() -> {
            assertThat(request.resume()).isTrue();
            working.countDown();
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
            request.release();
            if (!Thread.currentThread().isInterrupted()) {
                cleared.countDown();
            }
        });
        worker.start();
        working.await();

        request.complete(failure(Outcome.Cause.TIMED_OUT));

        worker.join();
        assertThat(isWiped()).isTrue();
        assertThat(request.isCompleted()).isTrue();
        assertThat(request.resume()).isFalse();
        assertThat(cleared.getCount())
                .as("the interrupt was for this request only")
                .isZero();
    }

    @Test
    void theOperationIsClosedWithTheRequest() {
        KeyBlob blob = KeyBlob.copyOf(ByteBuffer.wrap(new byte[] {FakeKeyModule.SUCCEEDS}));
        request.prepare(new KeyOperation(
                request.request(),
                new AuthTok.PrivateKey(new Signature(SIGNATURE), "inverting", blob),
                new FakeKeyModule("inverting")));

        request.complete(Outcome.encrypted(new byte[80]));

        assertThatThrownBy(blob::buffer).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theTimeLeftOfALimitCountsFromTheRead() throws Exception {
        Duration passed = Duration.ofHours(1);
        PendingRequest old = received(FakeKernel.create(SIGNATURE, 1), 8, System.nanoTime() - passed.toNanos());

        assertThat(old.nanosLeft(passed.toNanos())).isNegative();
        assertThat(Duration.ofNanos(old.nanosLeft(passed.multipliedBy(2).toNanos())))
                .isBetween(passed.minusMinutes(1), passed);
    }

    @Test
    void theTextNamesTheKindTheKeyAndTheUnsignedCounter() throws Exception {
        PendingRequest open = received(FakeKernel.open(SIGNATURE, new byte[19]), 8, 0);
        PendingRequest malformed = received(new byte[] {1}, -1, 0);

        assertThat(request).hasToString("request 7 (create, key " + SIGNATURE + ")");
        assertThat(open).hasToString("request 8 (open, key " + SIGNATURE + ")");
        assertThat(malformed).hasToString("request 4294967295 (malformed)");
        assertThat(malformed.signature()).isEmpty();
    }

    @Test
    void aReplyThatTheKernelDiscardsIsCountedAndNoError() throws Exception {
        try (CapturedLog log = new CapturedLog(Level.INFO);
                MiscdevChannel gone = MiscdevChannel.adopt(Descriptor.openReadWrite(REFUSES_WRITES))) {
            kernel.sendRequest(1, 8, FakeKernel.create(SIGNATURE, 1));
            new PendingRequest(
                            gone,
                            kernel.channel.receive().orElseThrow(),
                            System.nanoTime(),
                            metrics,
                            replies::incrementAndGet)
                    .complete(Outcome.encrypted(new byte[80]));

            assertThat(metrics.counts().late()).isEqualTo(1);
            assertThat(replies).hasValue(1);
            assertThat(log.lines(Level.ERROR)).isEmpty();
            assertThat(log.lines(Level.INFO))
                    .containsExactly("request 8 (create, key " + SIGNATURE
                            + "): reply discarded by the kernel: the program no longer waits for it");
        }
    }

    @Test
    void aReplyThatCannotBeSentIsCountedAndAnError() {
        try (CapturedLog log = new CapturedLog(Level.INFO)) {
            kernel.channel.close();

            request.complete(Outcome.encrypted(new byte[80]));

            assertThat(metrics.counts().late()).isEqualTo(1);
            assertThat(replies).hasValue(1);
            assertThat(isWiped()).isTrue();
            assertThat(log.lines(Level.ERROR))
                    .singleElement()
                    .asString()
                    .contains(request.toString(), "reply not sent", "closed");
        }
    }

    @Test
    void aFailureIsAWarningAndItsExceptionIsLoggedForDebugging() {
        KeyModuleException cause = new KeyModuleException(KeyModuleException.Reason.WRONG_PCR_STATE, "refused", "do");
        try (CapturedLog log = new CapturedLog(Level.DEBUG)) {
            request.complete(Outcome.failure(cause));

            assertThat(log.lines(Level.ERROR)).isEmpty();
            assertThat(log.lines(Level.WARN)).containsExactly(request + " failed: refused. do");
            assertThat(log.events()).last().satisfies(event -> {
                assertThat(event.getLevel()).isEqualTo(Level.DEBUG);
                assertThat(event.getThrowableProxy().getMessage()).isEqualTo("refused");
            });
        }
    }

    @Test
    void aSuccessAndAStalledModuleAreLoggedForDebuggingOnly() throws Exception {
        try (CapturedLog log = new CapturedLog(Level.DEBUG)) {
            request.complete(Outcome.encrypted(new byte[80]));
            received(FakeKernel.create(SIGNATURE, 1), 8, 0).complete(failure(Outcome.Cause.STALLED));

            assertThat(log.events()).extracting(ILoggingEvent::getLevel).containsExactly(Level.DEBUG, Level.DEBUG);
            assertThat(log.lines(Level.DEBUG))
                    .first()
                    .asString()
                    .matches("request 7 \\(create, key " + SIGNATURE + "\\): answered in [0-9]{1,8} us");
            assertThat(log.lines(Level.DEBUG)).last().asString().endsWith("failed: made by the test");
        }
    }

    @Test
    void anErrorOfTheProgramIsLoggedAlsoAfterTheReply() {
        try (CapturedLog log = new CapturedLog(Level.INFO)) {
            request.complete(failure(Outcome.Cause.TIMED_OUT));
            request.complete(Outcome.defect(new IllegalStateException("broken")));
            request.complete(failure(Outcome.Cause.FAILED));

            assertThat(log.lines(Level.ERROR))
                    .containsExactly(request + " failed: unexpected error: java.lang.IllegalStateException: broken");
            assertThat(log.events()).last().satisfies(event -> assertThat(event.getThrowableProxy())
                    .isNotNull());
            assertThat(log.lines(Level.WARN)).hasSize(1);
        }
    }
}
