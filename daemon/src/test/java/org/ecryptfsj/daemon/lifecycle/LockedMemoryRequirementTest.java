package org.ecryptfsj.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LockedMemoryRequirementTest {
    @Test
    void aSufficientLimitGivesNoWarning() throws IOException {
        assertThat(LockedMemoryRequirement.require(OptionalLong.empty())).isEmpty();
        assertThat(LockedMemoryRequirement.require(OptionalLong.of(1024 * 1024)))
                .isEmpty();
    }

    @Test
    void aLowLimitGivesAWarningAndATooLowOneIsAnError() throws IOException {
        assertThat(LockedMemoryRequirement.require(OptionalLong.of(64 * 1024)))
                .hasValueSatisfying(text -> assertThat(text).contains("64 KiB", "1024 KiB", "What to do"));
        assertThatThrownBy(() -> LockedMemoryRequirement.require(OptionalLong.of(0)))
                .hasMessageContaining("is 0 KiB; the daemon needs 64 KiB")
                .hasMessageContaining("LimitMEMLOCK");
    }
}
