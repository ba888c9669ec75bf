package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettlingTimeTest {
    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1, 8", "2, 2", "8, 8"})
    void whereEachHasAProcessorThereIsNothingToWaitFor(int runnable, int processors) {
        assertThat(SettlingTime.of(runnable, processors)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"2, 1", "3, 2", "9, 8"})
    void theOneThatHasNoneGetsThatOfTheReceiver(int runnable, int processors) {
        assertThat(SettlingTime.of(runnable, processors)).isEqualTo(SettlingTime.SHORTEST_NANOS);
    }

    @ParameterizedTest
    @CsvSource({"3, 1, 2", "9, 1, 8", "10, 8, 2", "17, 8, 2", "18, 8, 3"})
    void elseEachOfTheOthersMayRunForASliceBefore(int runnable, int processors, int slices) {
        assertThat(SettlingTime.of(runnable, processors))
                .isEqualTo(SettlingTime.SHORTEST_NANOS + slices * SettlingTime.SLICE_NANOS);
    }

    @Test
    void itHasALimit() {
        assertThat(SettlingTime.of(100_000, 2)).isEqualTo(SettlingTime.LONGEST_NANOS);
    }

    @Test
    void thisMachineHasOne() {
        assertThat(new SettlingTime().getAsLong()).isBetween(0L, SettlingTime.LONGEST_NANOS);
    }
}
