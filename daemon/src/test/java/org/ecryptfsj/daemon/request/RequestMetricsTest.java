package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.daemon.fakes.FakeKernel.SIGNATURE;

import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import org.ecryptfsj.daemon.fakes.FakeKernel;
import org.ecryptfsj.daemon.request.RequestMetrics.Counts;
import org.ecryptfsj.daemon.request.RequestMetrics.KeyUse;
import org.ecryptfsj.daemon.request.RequestMetrics.Latency;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What ecryptfsctl status prints of the requests. */
class RequestMetricsTest {
    private static final int LISTED_KEYS = 1024;

    private final RequestMetrics metrics = new RequestMetrics();
    private FakeKernel kernel;

    @BeforeEach
    void start() throws Exception {
        kernel = new FakeKernel();
    }

    @AfterEach
    void stop() {
        kernel.close();
    }

    private PendingRequest request(byte[] packet) throws Exception {
        kernel.sendRequest(0, 1, packet);
        return new PendingRequest(
                kernel.channel, kernel.channel.receive().orElseThrow(), System.nanoTime(), metrics, () -> {});
    }

    private PendingRequest open(String signature) throws Exception {
        return request(FakeKernel.open(signature, new byte[19]));
    }

    private void fail(PendingRequest request, Outcome.Cause cause) {
        metrics.completed(request, Outcome.failure(cause, "made by the test"), 0);
    }

    private void succeed(PendingRequest request, Duration time) {
        metrics.completed(request, Outcome.encrypted(new byte[80]), time.toNanos());
    }

    @Test
    void aRequestIsInFlightFromItsReadToItsCompletion() throws Exception {
        PendingRequest first = open(SIGNATURE);
        PendingRequest second = open(SIGNATURE);
        assertThat(metrics.inFlight()).containsExactlyInAnyOrder(first, second);

        succeed(first, Duration.ZERO);

        assertThat(metrics.inFlight()).containsExactly(second);
        assertThat(metrics.counts()).isEqualTo(new Counts(2, 1, 0, 0, 0, 0, 0, 0, 0, 1));
    }

    @Test
    void eachFailureIsCountedAndSomeByTheirCause() throws Exception {
        for (Outcome.Cause cause : Outcome.Cause.values()) {
            fail(open(SIGNATURE), cause);
        }

        assertThat(metrics.counts()).isEqualTo(new Counts(5, 0, 5, 1, 1, 1, 0, 0, 0, 0));
        assertThat(metrics.keysInUse().get(SIGNATURE).failed()).isEqualTo(5);
    }

    @Test
    void lateRepliesDiscardedFramesAndRecoveredRequestsAreCounted() {
        metrics.late();
        metrics.discardedFrame();
        metrics.discardedFrame();
        metrics.recovered(3);
        metrics.recovered(4);

        assertThat(metrics.counts()).isEqualTo(new Counts(0, 0, 0, 0, 0, 0, 1, 2, 7, 0));
    }

    @Test
    void latenciesAreInMillisecondsAndThoseOfCreatesAndOpensApart() throws Exception {
        for (int i = 0; i < 98; i++) {
            succeed(open(SIGNATURE), Duration.ofNanos(100_999));
        }
        succeed(open(SIGNATURE), Duration.ofNanos(150_000));
        succeed(open(SIGNATURE), Duration.ofNanos(200_000));
        succeed(request(FakeKernel.create(SIGNATURE, 1)), Duration.ofNanos(7_000));
        fail(open(SIGNATURE), Outcome.Cause.FAILED);

        assertThat(metrics.unwrapLatency()).isEqualTo(new Latency(100, 0.1, 0.15, 0.2));
        assertThat(metrics.wrapLatency()).isEqualTo(new Latency(1, 0.007, 0.007, 0.007));
    }

    /** Two digits of it, rounded up. */
    @Test
    void aLatencyIsAtMostAnHour() throws Exception {
        succeed(open(SIGNATURE), Duration.ofDays(3));

        assertThat(metrics.unwrapLatency().max()).isBetween(3_600_000.0, 3_640_000.0);
    }

    @Test
    void theUseOfEachKeyIsCounted() throws Exception {
        Instant before = Instant.now();
        succeed(open("ffffffffffffffff"), Duration.ZERO);
        succeed(open("ffffffffffffffff"), Duration.ZERO);
        fail(open("ffffffffffffffff"), Outcome.Cause.FAILED);
        fail(open("0000000000000001"), Outcome.Cause.FAILED);
        fail(request(new byte[] {1}), Outcome.Cause.MALFORMED);

        assertThat(metrics.keysInUse().keySet()).containsExactly("0000000000000001", "ffffffffffffffff");
        KeyUse use = metrics.keysInUse().get("ffffffffffffffff");
        assertThat(use).isEqualTo(new KeyUse(2, 1, use.lastUsed()));
        assertThat(use.lastUsed()).isBetween(before, Instant.now());
        assertThat(metrics.started()).isBeforeOrEqualTo(before);
    }

    @Test
    void theLatestUseIsThatOfTheLatestCompletion() throws Exception {
        succeed(open(SIGNATURE), Duration.ZERO);
        Instant first = metrics.keysInUse().get(SIGNATURE).lastUsed();
        while (!Instant.now().isAfter(first)) {
            Thread.onSpinWait();
        }

        fail(open(SIGNATURE), Outcome.Cause.FAILED);

        assertThat(metrics.keysInUse().get(SIGNATURE).lastUsed()).isAfter(first);
    }

    @Test
    void keysBeyondThoseThatAreListedCountInTheTotalsOnly() throws Exception {
        for (int key = 0; key <= LISTED_KEYS; key++) {
            succeed(open(HexFormat.of().toHexDigits((long) key)), Duration.ZERO);
        }
        succeed(open(HexFormat.of().toHexDigits(0L)), Duration.ZERO);

        assertThat(metrics.keysInUse()).hasSize(LISTED_KEYS);
        assertThat(metrics.keysInUse().get("0000000000000000").answered()).isEqualTo(2);
        assertThat(metrics.counts().answered()).isEqualTo(LISTED_KEYS + 2);
    }
}
