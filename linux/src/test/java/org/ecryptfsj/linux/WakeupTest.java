package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WakeupTest {
    private static final ByteBuffer ONE = ByteBuffer.allocateDirect(1);

    @Test
    void aReadableDescriptorEndsTheWait() throws Exception {
        try (Wakeup wakeup = new Wakeup();
                SocketPair pair = SocketPair.open()) {
            assertThat(wakeup.isReadable(pair.here())).isFalse();
            pair.there().write(ONE.duplicate());

            assertThat(wakeup.awaitReadable(pair.here())).isTrue();
        }
    }

    @Test
    void aWaitWithALimitTellsWhatEndedIt() throws Exception {
        try (Wakeup wakeup = new Wakeup();
                SocketPair pair = SocketPair.open()) {
            assertThat(wakeup.await(pair.here(), 1)).isEqualTo(Wakeup.WaitResult.TIMED_OUT);
            wakeup.wake();
            assertThat(wakeup.await(pair.here(), -1)).isEqualTo(Wakeup.WaitResult.WOKEN);
            pair.there().write(ONE.duplicate());
            assertThat(wakeup.await(pair.here(), -1)).isEqualTo(Wakeup.WaitResult.READABLE);
        }
    }

    @Test
    void wakingEndsTheWaitOfAnotherThread() throws Exception {
        try (Wakeup wakeup = new Wakeup();
                SocketPair pair = SocketPair.open()) {
            CompletableFuture<Boolean> readable = new CompletableFuture<>();
            Thread waiting = new Thread(() -> {
                try {
                    readable.complete(wakeup.awaitReadable(pair.here()));
                } catch (LinuxException e) {
                    readable.completeExceptionally(e);
                }
            });
            waiting.start();
            wakeup.wake();

            assertThat(readable.get(10, TimeUnit.SECONDS)).isFalse();
        }
    }

    @Test
    void aWakeUpIsPermanent() throws Exception {
        try (Wakeup wakeup = new Wakeup();
                SocketPair pair = SocketPair.open()) {
            wakeup.wake();

            assertThat(wakeup.awaitReadable(pair.here())).isFalse();
            assertThat(wakeup.awaitReadable(pair.here())).isFalse();
        }
    }
}
