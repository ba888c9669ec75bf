package org.ecryptfsj.daemon.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogQueueTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<String> written = new CopyOnWriteArrayList<>();
    private final CountDownLatch blocked = new CountDownLatch(1);
    private final Semaphore room = new Semaphore(0);
    private volatile boolean broken;
    private final LogQueue queue = LogQueue.to("syslog", this::write);

    private void write(LogLine line) throws IOException {
        blocked.countDown();
        room.acquireUninterruptibly();
        if (broken) {
            throw new IOException("broken pipe");
        }
        written.add(line.text());
    }

    private void add(Level level, int count) {
        for (int i = 0; i < count; i++) {
            queue.add(LogLine.of(level, "line " + i));
        }
    }

    @AfterEach
    void close() {
        room.release(10_000);
        queue.close();
    }

    @Test
    void linesAreWrittenInOrder() throws Exception {
        room.release(100);
        add(Level.INFO, 100);

        assertThat(queue.flush(LONG)).isTrue();
        assertThat(written).hasSize(100).startsWith("line 0", "line 1").endsWith("line 99");
        assertThat(queue.discarded()).isZero();
    }

    @Test
    void aBlockedSinkBlocksNoCallerAndDiscardedLinesAreReported() throws Exception {
        add(Level.WARN, 1);
        blocked.await();

        add(Level.WARN, LogQueue.CAPACITY + 50);

        assertThat(queue.discarded()).isEqualTo(50);
        room.release(10_000);
        assertThat(queue.flush(LONG)).isTrue();
        assertThat(written).hasSize(LogQueue.CAPACITY + 2);
        assertThat(written.get(1))
                .isEqualTo("50 log lines discarded: syslog did not accept them in time, or refused them");
    }

    @Test
    void someRoomIsReservedForWarnings() throws Exception {
        add(Level.DEBUG, 1);
        blocked.await();

        add(Level.DEBUG, LogQueue.CAPACITY);
        assertThat(queue.discarded()).isEqualTo(LogQueue.RESERVED);
        add(Level.ERROR, LogQueue.RESERVED);

        assertThat(queue.discarded()).isEqualTo(LogQueue.RESERVED);
    }

    @Test
    void aFlushEndsAtItsTimeout() throws Exception {
        add(Level.WARN, 3);

        assertThat(queue.flush(Duration.ofMillis(20))).isFalse();
    }

    @Test
    void aLineThatTheSinkRefusesIsCountedAsDiscarded() throws Exception {
        broken = true;
        room.release(10);
        add(Level.WARN, 2);

        assertThat(queue.flush(LONG)).isTrue();
        assertThat(queue.discarded()).isEqualTo(2);
    }
}
