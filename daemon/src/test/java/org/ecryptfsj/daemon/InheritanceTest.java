package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.daemon.Kernel.SIGNATURE;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.netlink.InFlightStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A predecessor reads, and is never heard of again; a successor goes on with its channel and its record. */
class InheritanceTest {
    private final InvertingModule module = new InvertingModule("inverting");
    private final Journal journal = new Journal();
    private InFlightStore record;
    private Kernel kernel;
    private Dispatcher dispatcher;
    private volatile byte how = InvertingModule.WORKS;

    @BeforeEach
    void start() throws Exception {
        record = InFlightStore.create();
        kernel = new Kernel(Optional.of(record));
        dispatcher = new Dispatcher(KeyModules.of(module), this::find, journal, RequestLimits.DEFAULT, 2);
    }

    @AfterEach
    void stop() {
        module.release.countDown();
        dispatcher.close();
        kernel.close();
    }

    private Optional<AuthTok> find(Signature signature) {
        return Optional.of(
                new AuthTok.PrivateKey(signature, "inverting", KeyBlob.copyOf(ByteBuffer.wrap(new byte[] {how}))));
    }

    /** Asks that many times, and the predecessor reads it. */
    private void read(int requests) throws Exception {
        for (int i = 0; i < requests; i++) {
            kernel.ask(i, 100 + i, Kernel.create(SIGNATURE, i));
            kernel.channel.receive().orElseThrow().close();
        }
    }

    private Set<Integer> answers(int count) throws Exception {
        Set<Integer> counters = new HashSet<>();
        for (int i = 0; i < count; i++) {
            Kernel.Answer answer = kernel.answer();
            assertThat(answer.status()).isZero();
            counters.add(answer.counter());
        }
        return counters;
    }

    @Test
    void whatAPredecessorHadReadIsAnswered() throws Exception {
        read(3);
        Inheritance inheritance = new Inheritance(kernel.channel, dispatcher);

        inheritance.answer();

        assertThat(inheritance.size()).isEqualTo(3);
        assertThat(answers(3)).containsExactlyInAnyOrder(100, 101, 102);
        inheritance.finish();
        dispatcher.settle(Duration.ofSeconds(10));
        assertThat(new Inheritance(kernel.channel, dispatcher).size()).isZero();
    }

    @Test
    void whatWasThereAtTwoDeathsIsAnsweredOneByOne() throws Exception {
        read(4);
        dieOver(4);
        how = InvertingModule.HANGS;

        Inheritance inheritance = new Inheritance(kernel.channel, dispatcher);
        inheritance.answer();

        untilOneIsUnderWay();
        assertThat(kernel.answer(Duration.ofMillis(200))).isEmpty();
        assertThat(dispatcher.inFlight()).isEqualTo(1);
        how = InvertingModule.WORKS;
        module.release.countDown();
        assertThat(answers(4)).containsExactlyInAnyOrder(100, 101, 102, 103);
        inheritance.finish();
    }

    @Test
    void whatTwoMoreDiedOverAloneIsRefusedAndTheRestAnswered() throws Exception {
        read(1);
        for (int death = 0; death < 3; death++) {
            dieOver(1);
        }
        kernel.ask(1, 101, Kernel.create(SIGNATURE, 1));
        kernel.channel.receive().orElseThrow().close();

        Inheritance inheritance = new Inheritance(kernel.channel, dispatcher);
        inheritance.answer();

        Map<Integer, Integer> status = new HashMap<>();
        for (int i = 0; i < 2; i++) {
            Kernel.Answer answer = kernel.answer();
            status.put(answer.counter(), answer.status());
        }
        assertThat(status).containsEntry(100, Kernel.FAILURE).containsEntry(101, 0);
        inheritance.finish();
    }

    @Test
    void whatIsLeftBehindIsForTheNextSuccessor() throws Exception {
        read(4);
        dieOver(4);
        how = InvertingModule.HANGS;
        Inheritance inheritance = new Inheritance(kernel.channel, dispatcher);
        inheritance.answer();
        untilOneIsUnderWay();

        inheritance.leave();
        how = InvertingModule.WORKS;
        module.release.countDown();

        assertThat(answers(1)).containsExactly(100);
        dispatcher.settle(Duration.ofSeconds(10));
        assertThat(new Inheritance(kernel.channel, dispatcher).size()).isEqualTo(3);
    }

    @Test
    void whatIsLeftBehindIsFailedIfThereIsNoSuccessor() throws Exception {
        read(3);
        dieOver(3);
        Inheritance inheritance = new Inheritance(kernel.channel, dispatcher);
        inheritance.leave();
        inheritance.answer();

        dispatcher.finish(Duration.ZERO);
        inheritance.finish();

        for (int i = 0; i < 3; i++) {
            assertThat(kernel.answer().status()).isEqualTo(Kernel.FAILURE);
        }
    }

    private void untilOneIsUnderWay() {
        while (dispatcher.inFlight() == 0) {
            Thread.onSpinWait();
        }
    }

    /** A successor tries them all, and dies. */
    private void dieOver(int requests) throws Exception {
        var left = kernel.channel.unanswered();
        assertThat(left).hasSize(requests);
        left.forEach(kept -> {
            record.trying(kept.message());
            kept.message().close();
        });
    }
}
