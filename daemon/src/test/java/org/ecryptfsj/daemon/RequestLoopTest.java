package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.MiscdevChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A channel that cannot be read: a socket whose other end was closed. */
@Timeout(60)
class RequestLoopTest {
    private final Journal journal = new Journal();

    private RequestLoop loop(MiscdevChannel channel, Dispatcher dispatcher) {
        return new RequestLoop(channel, dispatcher, journal);
    }

    private Dispatcher dispatcher() {
        return new Dispatcher(
                KeyModules.of(new InvertingModule("inverting")),
                signature -> Optional.empty(),
                journal,
                RequestLimits.DEFAULT,
                1);
    }

    @Test
    void aChannelThatCannotBeReadIsTriedForSomeTimeAndThenGivenUp() throws Exception {
        try (SocketPair pair = SocketPair.open();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here());
                Dispatcher dispatcher = dispatcher()) {
            pair.there().close();
            long start = System.nanoTime();

            assertThatThrownBy(loop(channel, dispatcher)::run).isInstanceOf(LinuxException.class);

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(20));
            assertThat(channel.lastTurn())
                    .as("the watchdog sees that the reader is alive")
                    .isGreaterThan(start);
        }
    }

    @Test
    void aPauseEndsWhenTheDaemonIsToStop() throws Exception {
        try (SocketPair pair = SocketPair.open();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here());
                Dispatcher dispatcher = dispatcher()) {
            channel.stopReceiving();
            CompletableFuture<Void> paused = CompletableFuture.runAsync(() -> {
                try {
                    channel.pause(Duration.ofMinutes(10));
                } catch (LinuxException e) {
                    throw new AssertionError(e);
                }
            });

            paused.get(30, TimeUnit.SECONDS);
            pair.there().close();
            assertThatThrownBy(loop(channel, dispatcher)::run).isInstanceOf(LinuxException.class);
        }
    }
}
