package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LockedMemoryNeedTest {
    @Test
    void enoughIsNoLineInTheLog() throws IOException {
        assertThat(LockedMemoryNeed.require(OptionalLong.empty())).isEmpty();
        assertThat(LockedMemoryNeed.require(OptionalLong.of(1024 * 1024))).isEmpty();
    }

    @Test
    void littleIsAWarningAndTooLittleIsRefused() throws IOException {
        assertThat(LockedMemoryNeed.require(OptionalLong.of(64 * 1024)))
                .hasValueSatisfying(text -> assertThat(text).contains("64 KiB", "1024 KiB", "What to do"));
        assertThatThrownBy(() -> LockedMemoryNeed.require(OptionalLong.of(0)))
                .hasMessageContaining("is 0 KiB, and the daemon needs 64 KiB")
                .hasMessageContaining("LimitMEMLOCK");
    }
}
