package org.ecryptfsj.daemon.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.ecryptfsj.daemon.request.StallDetector.Admission;
import org.junit.jupiter.api.Test;

/** With a clock that the test advances. */
class StallDetectorTest {
    private final AtomicLong clock =
            new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(40).toNanos());
    private final StallDetector<String> detector = new StallDetector<>(Duration.ofSeconds(30), clock::get);

    private void pass(double seconds) {
        clock.addAndGet((long) (seconds * 1e9));
    }

    @Test
    void withoutWaitingRequestsAModuleNeverStalls() {
        pass(86_400);

        assertThat(detector.nanosLeft()).isEmpty();
        assertThat(detector.check()).isEmpty();
        assertThat(detector.admit("first")).isEqualTo(Admission.ADMITTED);
        assertThat(detector.check()).isEmpty();
        assertThat(detector.nanosLeft()).hasValue(Duration.ofSeconds(30).toNanos());
    }

    @Test
    void aQueueThatMovesNeverStalls() {
        for (int i = 0; i < 64; i++) {
            detector.admit("request " + i);
        }
        for (int i = 0; i < 63; i++) {
            pass(29.9);
            assertThat(detector.check()).isEmpty();
            detector.complete();
            detector.leave("request " + i);
        }
        assertThat(detector.waiting()).isEqualTo(1);
    }

    @Test
    void aModuleStallsWhenItCompletesNothingForTheLimit() {
        detector.admit("first");
        pass(20);
        detector.admit("second");
        pass(9.9);
        assertThat(detector.check()).isEmpty();

        pass(0.1);

        assertThat(detector.check()).contains(List.of("first", "second"));
        assertThat(detector.stalledFor()).contains(Duration.ZERO);
        assertThat(detector.waiting()).isZero();
        assertThat(detector.check()).isEmpty();
    }

    @Test
    void theTimeCountsFromALaterCompletion() {
        detector.admit("first");
        detector.admit("second");
        pass(25);
        detector.complete();
        detector.leave("first");
        pass(29);
        assertThat(detector.check()).isEmpty();

        pass(1);

        assertThat(detector.check()).contains(List.of("second"));
    }

    @Test
    void theTimeCountsFromTheOldestWaitingRequest() {
        detector.admit("gave up");
        pass(20);
        detector.admit("waits");
        detector.leave("gave up");
        pass(20);
        assertThat(detector.check()).isEmpty();

        pass(10);

        assertThat(detector.check()).contains(List.of("waits"));
    }

    @Test
    void aStalledModuleAdmitsNothingUntilItCompletesSomething() {
        detector.admit("first");
        pass(30);
        detector.check();

        assertThat(detector.admit("second")).isEqualTo(Admission.REFUSED);
        pass(3600);
        assertThat(detector.admit("third")).isEqualTo(Admission.REFUSED);
        assertThat(detector.complete()).contains(Duration.ofHours(1));
        assertThat(detector.complete()).isEmpty();
        assertThat(detector.stalledFor()).isEmpty();
        assertThat(detector.admit("fourth")).isEqualTo(Admission.ADMITTED);
        assertThat(detector.nanosLeft()).hasValue(Duration.ofSeconds(30).toNanos());
    }

    @Test
    void aTrialIsOneRequestAtATime() {
        detector.allowTrial();
        assertThat(detector.admit("first")).isEqualTo(Admission.ADMITTED);
        pass(30);
        detector.check();

        detector.allowTrial();
        detector.allowTrial();
        assertThat(detector.admit("trial")).isEqualTo(Admission.TRIAL);
        assertThat(detector.admit("second")).isEqualTo(Admission.REFUSED);
        detector.allowTrial();
        assertThat(detector.admit("third")).isEqualTo(Admission.REFUSED);

        detector.leave("trial");
        detector.allowTrial();
        assertThat(detector.admit("next trial")).isEqualTo(Admission.TRIAL);
        detector.complete();
        assertThat(detector.admit("fourth")).isEqualTo(Admission.ADMITTED);
    }
}
