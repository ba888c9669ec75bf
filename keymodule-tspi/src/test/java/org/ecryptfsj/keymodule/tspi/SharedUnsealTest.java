package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedUnsealTest {
    private static final KeyUuid KEY = new KeyUuid("00112233445566778899aabbccddeeff");
    private static final int WAITING = 7;

    private final SharedUnseal shared = new SharedUnseal();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger unseals = new AtomicInteger();
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch answer = new CountDownLatch(1);

    @AfterEach
    void end() {
        answer.countDown();
        threads.shutdownNow();
    }

    private Secret slow() throws KeyModuleException {
        unseals.incrementAndGet();
        inside.countDown();
        try {
            answer.await();
        } catch (InterruptedException e) {
            throw new KeyModuleException(Reason.TIMED_OUT, "interrupted", "");
        }
        return Secret.takeBytes(new byte[] {1, 2, 3});
    }

    private List<Future<Secret>> askedBy(int many, SharedUnseal.Unsealing unsealing) {
        List<Future<Secret>> all = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            all.add(threads.submit(() -> shared.unseal(KEY, new byte[] {9}, unsealing)));
        }
        return all;
    }

    private void untilAboard(int threadsWaiting) {
        while (Thread.getAllStackTraces().values().stream()
                        .filter(stack -> java.util.Arrays.stream(stack)
                                .anyMatch(frame -> frame.getClassName().equals(SharedUnseal.class.getName())
                                        && frame.getMethodName().equals("await")))
                        .count()
                < threadsWaiting) {
            Thread.onSpinWait();
        }
    }

    @Test
    void theSameBytesAreUnsealedOnceAndEachGetsACopyOfItsOwn() throws Exception {
        List<Future<Secret>> first = askedBy(1, this::slow);
        inside.await();
        List<Future<Secret>> others = askedBy(WAITING, this::slow);
        untilAboard(WAITING);
        answer.countDown();

        first.get(0).get(10, TimeUnit.SECONDS).close();
        for (Future<Secret> other : others) {
            try (Secret copy = other.get(10, TimeUnit.SECONDS)) {
                assertThat(copy.buffer().get(2)).isEqualTo((byte) 3);
            }
        }
        assertThat(unseals).hasValue(1);
    }

    @Test
    void otherBytesAndLaterOnesAreUnsealedThemselves() throws Exception {
        answer.countDown();

        shared.unseal(KEY, new byte[] {9}, this::slow).close();
        shared.unseal(KEY, new byte[] {9}, this::slow).close();
        shared.unseal(KEY, new byte[] {8}, this::slow).close();

        assertThat(unseals).hasValue(3);
    }

    @Test
    void aRefusalIsOneForAll() throws Exception {
        SharedUnseal.Unsealing refused = () -> {
            slow().close();
            throw new KeyModuleException(Reason.WRONG_PCR_STATE, "changed", "");
        };
        List<Future<Secret>> first = askedBy(1, refused);
        inside.await();
        List<Future<Secret>> others = askedBy(WAITING, refused);
        untilAboard(WAITING);
        answer.countDown();

        for (Future<Secret> other : others) {
            assertThatThrownBy(() -> other.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(KeyModuleException.class)
                    .hasMessageContaining("changed");
        }
        assertThat(first.get(0)).failsWithin(java.time.Duration.ofSeconds(10));
        assertThat(unseals).hasValue(1);
    }

    @Test
    void ifTheFirstOnesTimeIsOverAnotherTries() throws Exception {
        Future<Secret> first = askedBy(1, this::slow).get(0);
        inside.await();
        Future<Secret> second = askedBy(1, this::slow).get(0);
        untilAboard(1);
        first.cancel(true);
        answer.countDown();

        try (Secret unsealed = second.get(10, TimeUnit.SECONDS)) {
            assertThat(unsealed.size()).isEqualTo(3);
        }
    }

    @Test
    void whoseTimeIsOverLeavesAndTheOthersGoOn() throws Exception {
        Future<Secret> first = askedBy(1, this::slow).get(0);
        inside.await();
        Future<Secret> impatient = askedBy(1, this::slow).get(0);
        untilAboard(1);

        impatient.cancel(true);
        answer.countDown();

        first.get(10, TimeUnit.SECONDS).close();
        assertThat(unseals).hasValue(1);
    }
}
