package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestLimitsTest {
    @Test
    void withoutAnyOptionARequestHasNoDeadline() {
        assertThat(RequestLimits.DEFAULT).isEqualTo(new RequestLimits(Optional.empty(), Duration.ofSeconds(30)));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aLimitIsPositive(long nanos) {
        Duration limit = Duration.ofNanos(nanos);

        assertThatThrownBy(() -> new RequestLimits(Optional.empty(), limit))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stall limit");
        assertThatThrownBy(() -> new RequestLimits(Optional.of(limit), RequestLimits.DEFAULT_STALL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("deadline");
    }

    @Test
    void theShortestLimitIsANanosecond() {
        Duration shortest = Duration.ofNanos(1);

        assertThat(new RequestLimits(Optional.of(shortest), shortest).deadline())
                .contains(shortest);
    }
}
