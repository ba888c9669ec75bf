package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ecryptfsj.daemon.fakes.FakeKernel.SIGNATURE;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.ecryptfsj.daemon.fakes.FakeKernel;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.netlink.Message;
import org.ecryptfsj.netlink.Request.Tag66Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each request gets one reply, and keeps its secrets as long as a thread works on it. */
@Timeout(60)
class PendingRequestTest {
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
}
