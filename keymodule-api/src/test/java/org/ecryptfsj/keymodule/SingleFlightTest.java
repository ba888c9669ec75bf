package org.ecryptfsj.keymodule;

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
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SingleFlightTest {
    private static final int FOLLOWERS = 7;

    private final SingleFlight<String, Secret> flights = SingleFlight.ofSecrets("the TPM");
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger runs = new AtomicInteger();
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    @AfterEach
    void end() {
        mayEnd.countDown();
        threads.shutdownNow();
    }

    private Secret slow() throws KeyModuleException {
        runs.incrementAndGet();
        started.countDown();
        try {
            mayEnd.await();
        } catch (InterruptedException e) {
            throw new KeyModuleException(Reason.TIMED_OUT, "interrupted", "");
        }
        return Secret.takeBytes(new byte[] {1, 2, 3});
    }

    private List<Future<Secret>> startThreads(int many, SingleFlight.Operation<Secret> operation) {
        List<Future<Secret>> all = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            all.add(threads.submit(() -> flights.run("a", operation)));
        }
        return all;
    }

    private void awaitFollowers(int count) {
        while (Thread.getAllStackTraces().values().stream()
                        .filter(stack -> java.util.Arrays.stream(stack)
                                .anyMatch(frame -> frame.getClassName().equals(SingleFlight.class.getName())
                                        && frame.getMethodName().equals("follow")))
                        .count()
                < count) {
            Thread.onSpinWait();
        }
    }

    @Test
    void theOperationRunsOnceAndEachThreadGetsItsOwnCopy() throws Exception {
        List<Future<Secret>> leader = startThreads(1, this::slow);
        started.await();
        List<Future<Secret>> followers = startThreads(FOLLOWERS, this::slow);
        awaitFollowers(FOLLOWERS);
        mayEnd.countDown();

        leader.get(0).get(10, TimeUnit.SECONDS).close();
        for (Future<Secret> follower : followers) {
            try (Secret copy = follower.get(10, TimeUnit.SECONDS)) {
                assertThat(copy.buffer().get(2)).isEqualTo((byte) 3);
            }
        }
        assertThat(runs).hasValue(1);
    }

    @Test
    void anotherKeyOrALaterCallRunsTheOperationAgain() throws Exception {
        mayEnd.countDown();

        flights.run("a", this::slow).close();
        flights.run("a", this::slow).close();
        flights.run("b", this::slow).close();

        assertThat(runs).hasValue(3);
    }

    @Test
    void aFailureIsTheSameForAllThreads() throws Exception {
        SingleFlight.Operation<Secret> failing = () -> {
            slow().close();
            throw new KeyModuleException(Reason.WRONG_PCR_STATE, "changed", "");
        };
        List<Future<Secret>> leader = startThreads(1, failing);
        started.await();
        List<Future<Secret>> followers = startThreads(FOLLOWERS, failing);
        awaitFollowers(FOLLOWERS);
        mayEnd.countDown();

        for (Future<Secret> follower : followers) {
            assertThatThrownBy(() -> follower.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(KeyModuleException.class)
                    .hasMessageContaining("changed");
        }
        assertThat(leader.get(0)).failsWithin(java.time.Duration.ofSeconds(10));
        assertThat(runs).hasValue(1);
    }

    @Test
    void ifTheLeaderTimesOutAFollowerRunsTheOperation() throws Exception {
        Future<Secret> leader = startThreads(1, this::slow).get(0);
        started.await();
        Future<Secret> follower = startThreads(1, this::slow).get(0);
        awaitFollowers(1);
        leader.cancel(true);
        mayEnd.countDown();

        try (Secret result = follower.get(10, TimeUnit.SECONDS)) {
            assertThat(result.size()).isEqualTo(3);
        }
    }

    @Test
    void aFollowerThatTimesOutDoesNotDisturbTheOthers() throws Exception {
        Future<Secret> leader = startThreads(1, this::slow).get(0);
        started.await();
        Future<Secret> follower = startThreads(1, this::slow).get(0);
        awaitFollowers(1);

        follower.cancel(true);
        mayEnd.countDown();

        leader.get(10, TimeUnit.SECONDS).close();
        assertThat(runs).hasValue(1);
    }
}
