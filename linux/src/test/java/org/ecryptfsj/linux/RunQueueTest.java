package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunQueueTest {
    @Test
    void theCallingThreadIsCounted() throws IOException {
        assertThat(RunQueue.runnable()).isPositive();
    }

    /** The file stays open: each call must still see the present state. */
    @Test
    void eachCallReadsThePresentState() throws Exception {
        CountDownLatch running = new CountDownLatch(4);
        Thread[] busy = new Thread[4];
        RunQueue.runnable();
        for (int i = 0; i < busy.length; i++) {
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
            long end = System.nanoTime() + 20_000_000_000L;
            while (RunQueue.runnable() < busy.length) {
                assertThat(System.nanoTime()).isLessThan(end);
            }
        } finally {
            for (Thread thread : busy) {
                thread.interrupt();
                thread.join();
            }
        }
    }

    @Test
    void theNumberIsTheFirstPartOfTheFourthField() throws IOException {
        assertThat(parse("0.20 0.18 0.12 17/1080 11206\n")).isEqualTo(17);
        assertThat(parse("120.20 99.18 88.12 123456789/4194304 4194304\n")).isEqualTo(123456789);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "0.20 0.18 0.12\n",
                "0.20 0.18 0.12 ",
                "0.20 0.18 0.12 17",
                "0.20 0.18 0.12 /80 11206\n",
                "0.20 0.18 0.12 x/80 11206\n",
                "0.2 0.1 0.1 12345678901/2 3\n"
            })
    void anotherFormatIsAnError(String loadavg) {
        assertThatThrownBy(() -> parse(loadavg)).isInstanceOf(IOException.class);
    }

    private static int parse(String loadavg) throws IOException {
        byte[] bytes = loadavg.getBytes(StandardCharsets.US_ASCII);
        // Bytes behind the text, as an earlier and longer one leaves them in a buffer that is used again.
        ByteBuffer text =
                ByteBuffer.allocate(128).put(bytes).put("9/9 9/9 9/9 9/9 9/9".getBytes(StandardCharsets.US_ASCII));
        return RunQueue.parse(text, bytes.length);
    }
}
