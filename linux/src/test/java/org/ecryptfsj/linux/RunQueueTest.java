package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunQueueTest {
    @Test
    void theCallingThreadIsCounted() throws IOException {
        assertThat(RunQueue.runnable()).isPositive();
    }

    @Test
    void theNumberIsTheFourthFieldsFirst() throws IOException {
        assertThat(RunQueue.parse("0.20 0.18 0.12 17/1080 11206\n")).isEqualTo(17);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "\n", "0.20 0.18 0.12\n", "0.20 0.18 0.12 x/80 11206\n", "0.2 0.1 0.1 12345678901/2 3\n"})
    void otherContentIsAnError(String loadavg) {
        assertThatThrownBy(() -> RunQueue.parse(loadavg)).isInstanceOf(IOException.class);
    }
}
