package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.daemon.fakes.FakeKeyModule;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.SocketPair;
import org.ecryptfsj.netlink.MiscdevChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A channel that cannot be read: a socket whose other end is closed. */
@Timeout(60)
class RequestLoopTest {
    private final RequestMetrics metrics = new RequestMetrics();

    private RequestLoop loop(MiscdevChannel channel, RequestPipeline pipeline) {
        return new RequestLoop(channel, pipeline, metrics);
    }

    private RequestPipeline pipeline() {
        return new RequestPipeline(
                KeyModules.of(new FakeKeyModule("inverting")),
                signature -> Optional.empty(),
                metrics,
                RequestLimits.DEFAULT,
                1);
    }

    @Test
    void aChannelThatCannotBeReadIsGivenUpAfterSomeErrors() throws Exception {
        try (SocketPair pair = SocketPair.open();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here());
                RequestPipeline pipeline = pipeline()) {
            pair.there().close();
            long start = System.nanoTime();

            assertThatThrownBy(loop(channel, pipeline)::run).isInstanceOf(LinuxException.class);

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(20));
            assertThat(channel.lastWaitStart())
                    .as("the watchdog sees that the reader is alive")
                    .isGreaterThan(start);
        }
    }

    @Test
    void aPauseEndsWhenTheDaemonStops() throws Exception {
        try (SocketPair pair = SocketPair.open();
                MiscdevChannel channel = MiscdevChannel.adopt(pair.here());
                RequestPipeline pipeline = pipeline()) {
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
            assertThatThrownBy(loop(channel, pipeline)::run).isInstanceOf(LinuxException.class);
        }
    }
}
