package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class OrderedTasksTest {
    private final List<Integer> completed = new ArrayList<>();
    private final Set<Integer> discarded = ConcurrentHashMap.newKeySet();

    /** A task with a number. */
    private class Numbered implements OrderedTasks.Task {
        final int number;

        Numbered(int number) {
            this.number = number;
        }

        @Override
        public void run() {}

        @Override
        public void complete() throws ToolFailure {
            completed.add(number);
        }

        @Override
        public void discard() {
            discarded.add(number);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, OrderedTasks.MAX_THREADS})
    void completionsRunOnTheCallingThreadInTheOrderOfTheTasks(int threads) throws Exception {
        Random random = new Random(21);
        Set<Thread> completing = ConcurrentHashMap.newKeySet();
        try (OrderedTasks tasks = new OrderedTasks(threads)) {
            for (int i = 0; i < 2000; i++) {
                int number = i;
                int work = random.nextInt(20_000);
                if (i % 5 == 4) {
                    tasks.then(() -> completed.add(number));
                    continue;
                }
                tasks.add(new Numbered(number) {
                    @Override
                    public void run() {
                        assertThat(IntStream.range(0, work).asLongStream().sum())
                                .isEqualTo((long) work * (work - 1) / 2);
                    }

                    @Override
                    public void complete() throws ToolFailure {
                        completing.add(Thread.currentThread());
                        super.complete();
                    }
                });
            }
            tasks.finish();
        }
        assertThat(completed)
                .containsExactlyElementsOf(IntStream.range(0, 2000).boxed().toList());
        assertThat(completing).containsExactly(Thread.currentThread());
        assertThat(discarded).isEmpty();
    }

    @Test
    void tasksRunSideBySide() throws Exception {
        CyclicBarrier all = new CyclicBarrier(3);
        try (OrderedTasks tasks = new OrderedTasks(3)) {
            for (int i = 0; i < 3; i++) {
                tasks.add(new Numbered(i) {
                    @Override
                    public void run() {
                        try {
                            all.await(30, TimeUnit.SECONDS);
                        } catch (Exception e) {
                            throw new IllegalStateException("the three did not meet", e);
                        }
                    }
                });
            }
            tasks.finish();
        }
        assertThat(completed).containsExactly(0, 1, 2);
    }

    @Test
    void aBoundedNumberOfTasksWaits() throws Exception {
        AtomicInteger waiting = new AtomicInteger();
        int most = 0;
        try (OrderedTasks tasks = new OrderedTasks(OrderedTasks.MAX_THREADS)) {
            for (int i = 0; i < 1000; i++) {
                most = Math.max(most, waiting.incrementAndGet());
                tasks.add(new Numbered(i) {
                    @Override
                    public void complete() throws ToolFailure {
                        waiting.decrementAndGet();
                        super.complete();
                    }
                });
            }
            tasks.finish();
        }
        assertThat(most).isBetween(1, OrderedTasks.MAX_PENDING + 1);
        assertThat(completed).hasSize(1000);
    }

    @Test
    void aFailedCompletionEndsTheRunAndLaterTasksAreDiscarded() {
        assertThatThrownBy(() -> {
                    try (OrderedTasks tasks = new OrderedTasks(2)) {
                        for (int i = 0; i < 1000; i++) {
                            tasks.add(failing(i, 10));
                        }
                        tasks.finish();
                    }
                })
                .isInstanceOf(ToolFailure.class)
                .hasMessage("full");

        assertThat(completed)
                .containsExactlyElementsOf(IntStream.range(0, 10).boxed().toList());
        assertThat(discarded).doesNotContain(10).contains(11);
    }

    private Numbered failing(int number, int fails) {
        return new Numbered(number) {
            @Override
            public void complete() throws ToolFailure {
                if (number == fails) {
                    throw new ToolFailure(1, "full", "");
                }
                super.complete();
            }
        };
    }

    @Test
    void anErrorOfATaskIsThrownInItsTurn() {
        assertThatThrownBy(() -> {
                    try (OrderedTasks tasks = new OrderedTasks(2)) {
                        tasks.add(new Numbered(0));
                        tasks.add(new Numbered(1) {
                            @Override
                            public void run() {
                                throw new IllegalStateException("no memory");
                            }
                        });
                        tasks.finish();
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no memory");
        assertThat(completed).containsExactly(0);
        assertThat(discarded).containsExactly(1);
    }

    @Test
    void aLongTaskStopsWhenTheRunHasFailed() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        OrderedTasks tasks = new OrderedTasks(2);
        try (tasks) {
            tasks.add(new Numbered(0) {
                @Override
                public void run() {
                    running.countDown();
                    while (true) {
                        tasks.requireRunning();
                        Thread.onSpinWait();
                    }
                }
            });
            running.await();
        }
        assertThat(completed).isEmpty();
        assertThat(discarded).containsExactly(0);
    }
}
