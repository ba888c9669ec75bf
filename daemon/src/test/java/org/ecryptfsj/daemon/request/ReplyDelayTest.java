package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplyDelayTest {
    /** Expected values by hand: half a millisecond, and 8 ms for each round of time slices, also for an incomplete one. */
    @ParameterizedTest
    @CsvSource({
        "0, 1, 0",
        "1, 1, 0",
        "1, 8, 0",
        "2, 2, 0",
        "8, 8, 0",
        "2, 1, 500",
        "3, 2, 500",
        "9, 8, 500",
        "3, 1, 16500",
        "4, 2, 16500",
        "5, 2, 16500",
        "6, 2, 24500",
        "9, 1, 64500",
        "10, 8, 16500",
        "17, 8, 16500",
        "18, 8, 24500",
        "25, 1, 192500",
        "26, 1, 200000",
        "100000, 2, 200000",
    })
    void theDelayCoversATimeSliceOfEachWaitingThread(int runnable, int processors, long microseconds) {
        assertThat(ReplyDelay.of(runnable, processors)).isEqualTo(microseconds * 1000);
    }

    /** By simulation: threads take turns of two ticks at 250 Hz, and the requester is the last of them. */
    @ParameterizedTest
    @CsvSource({"3, 1", "4, 2", "9, 2", "13, 4", "24, 8"})
    void theDelayEndsAfterTheLastThreadHasBegun(int runnable, int processors) {
        long[] freeAt = new long[processors];
        long lastBegan = 0;
        for (int thread = 0; thread < runnable - 1; thread++) {
            int next = 0;
            for (int i = 1; i < processors; i++) {
                next = freeAt[i] < freeAt[next] ? i : next;
            }
            lastBegan = freeAt[next];
            freeAt[next] += 2 * 4_000_000L;
        }

        assertThat(ReplyDelay.of(runnable, processors)).isGreaterThan(lastBegan).isLessThan(lastBegan + 4 * 4_000_000L);
    }

    @Test
    void aBusyMachineHasADelayUpToTheLimit() throws InterruptedException {
        int threads = 3 * Runtime.getRuntime().availableProcessors();
        CountDownLatch running = new CountDownLatch(threads);
        Thread[] busy = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            busy[i] = new Thread(() -> {
                running.countDown();
                while (!Thread.currentThread().isInterrupted()) {
                    Thread.onSpinWait();
                }
            });
            busy[i].start();
        }
        try {
            running.await();
            assertThat(new ReplyDelay().getAsLong()).isBetween(500_000L, 200_000_000L);
        } finally {
            for (Thread thread : busy) {
                thread.interrupt();
                thread.join();
            }
        }
    }
}
