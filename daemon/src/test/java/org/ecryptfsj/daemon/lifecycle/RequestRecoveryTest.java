package org.ecryptfsj.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.daemon.fakes.FakeKernel.SIGNATURE;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.daemon.fakes.FakeKernel;
import org.ecryptfsj.daemon.fakes.FakeKeyModule;
import org.ecryptfsj.daemon.request.RequestLimits;
import org.ecryptfsj.daemon.request.RequestMetrics;
import org.ecryptfsj.daemon.request.RequestPipeline;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.netlink.InFlightStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A process reads requests and crashes; the next one continues with its channel and its in-flight store. */
class RequestRecoveryTest {
    private final FakeKeyModule module = new FakeKeyModule("inverting");
    private final RequestMetrics metrics = new RequestMetrics();
    private InFlightStore store;
    private FakeKernel kernel;
    private RequestPipeline pipeline;
    private volatile byte behaviour = FakeKeyModule.SUCCEEDS;

    @BeforeEach
    void start() throws Exception {
        store = InFlightStore.create();
        kernel = new FakeKernel(Optional.of(store));
        pipeline = new RequestPipeline(KeyModules.of(module), this::find, metrics, RequestLimits.DEFAULT, 2);
    }

    @AfterEach
    void stop() {
        module.release.countDown();
        pipeline.close();
        kernel.close();
    }

    private Optional<AuthTok> find(Signature signature) {
        return Optional.of(new AuthTok.PrivateKey(
                signature, "inverting", KeyBlob.copyOf(ByteBuffer.wrap(new byte[] {behaviour}))));
    }

    /** The earlier process reads that number of requests. */
    private void read(int requests) throws Exception {
        for (int i = 0; i < requests; i++) {
            kernel.sendRequest(i, 100 + i, FakeKernel.create(SIGNATURE, i));
            kernel.channel.receive().orElseThrow().close();
        }
    }

    private Set<Integer> answers(int count) throws Exception {
        Set<Integer> counters = new HashSet<>();
        for (int i = 0; i < count; i++) {
            FakeKernel.Answer answer = kernel.answer();
            assertThat(answer.status()).isZero();
            counters.add(answer.counter());
        }
        return counters;
    }

    @Test
    void unansweredRequestsAreAnswered() throws Exception {
        read(3);
        RequestRecovery recovery = new RequestRecovery(kernel.channel, pipeline);

        recovery.start();

        assertThat(recovery.size()).isEqualTo(3);
        assertThat(answers(3)).containsExactlyInAnyOrder(100, 101, 102);
        recovery.finish();
        pipeline.awaitIdle(Duration.ofSeconds(10));
        assertThat(new RequestRecovery(kernel.channel, pipeline).size()).isZero();
    }

    @Test
    void suspectsAreAnsweredOneAtATime() throws Exception {
        read(4);
        crashOver(4);
        behaviour = FakeKeyModule.BLOCKS;

        RequestRecovery recovery = new RequestRecovery(kernel.channel, pipeline);
        recovery.start();

        awaitOneInFlight();
        assertThat(kernel.answer(Duration.ofMillis(200))).isEmpty();
        assertThat(pipeline.inFlight()).isEqualTo(1);
        behaviour = FakeKeyModule.SUCCEEDS;
        module.release.countDown();
        assertThat(answers(4)).containsExactlyInAnyOrder(100, 101, 102, 103);
        recovery.finish();
    }

    @Test
    void poisonIsRefusedAndOtherRequestsAreAnswered() throws Exception {
        read(1);
        for (int crash = 0; crash < 3; crash++) {
            crashOver(1);
        }
        kernel.sendRequest(1, 101, FakeKernel.create(SIGNATURE, 1));
        kernel.channel.receive().orElseThrow().close();

        RequestRecovery recovery = new RequestRecovery(kernel.channel, pipeline);
        recovery.start();

        Map<Integer, Integer> status = new HashMap<>();
        for (int i = 0; i < 2; i++) {
            FakeKernel.Answer answer = kernel.answer();
            status.put(answer.counter(), answer.status());
        }
        assertThat(status).containsEntry(100, FakeKernel.FAILURE).containsEntry(101, 0);
        recovery.finish();
    }

    @Test
    void suspectsAreLeftToTheNextProcess() throws Exception {
        read(4);
        crashOver(4);
        behaviour = FakeKeyModule.BLOCKS;
        RequestRecovery recovery = new RequestRecovery(kernel.channel, pipeline);
        recovery.start();
        awaitOneInFlight();

        recovery.leaveSuspects();
        behaviour = FakeKeyModule.SUCCEEDS;
        module.release.countDown();

        assertThat(answers(1)).containsExactly(100);
        pipeline.awaitIdle(Duration.ofSeconds(10));
        assertThat(new RequestRecovery(kernel.channel, pipeline).size()).isEqualTo(3);
    }

    @Test
    void suspectsThatAreLeftFailIfTheDaemonStops() throws Exception {
        read(3);
        crashOver(3);
        RequestRecovery recovery = new RequestRecovery(kernel.channel, pipeline);
        recovery.leaveSuspects();
        recovery.start();

        pipeline.finish(Duration.ZERO);
        recovery.finish();

        for (int i = 0; i < 3; i++) {
            assertThat(kernel.answer().status()).isEqualTo(FakeKernel.FAILURE);
        }
    }

    private void awaitOneInFlight() {
        while (pipeline.inFlight() == 0) {
            Thread.onSpinWait();
        }
    }

    /** The next process tries to answer them all, and crashes. */
    private void crashOver(int requests) throws Exception {
        var unanswered = store.unanswered();
        assertThat(unanswered).hasSize(requests);
        unanswered.forEach(entry -> {
            store.recordAttempt(entry.message());
            entry.message().close();
        });
    }
}
