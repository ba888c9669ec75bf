package org.ecryptfsj.daemon;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

class RehearsalTest {
    @Test
    void everyRequestOfARehearsalIsAnswered() {
        assertThatCode(() -> Rehearsal.run(3)).doesNotThrowAnyException();
    }
}
