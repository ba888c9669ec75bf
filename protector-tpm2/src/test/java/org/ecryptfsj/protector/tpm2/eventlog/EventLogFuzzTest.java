package org.ecryptfsj.protector.tpm2.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;

/** Any bytes as an event log are read, or refused. */
class EventLogFuzzTest {
    private static final int SHA256 = 0x000b;

    @FuzzTest
    void logs(byte[] bytes) {
        EventLog log;
        try {
            log = EventLog.parse(bytes);
        } catch (MalformedEventLogException e) {
            assertThat(e).hasMessageMatching("[ -~]+");
            return;
        }
        for (LoggedEvent event : log.events()) {
            assertThat(event.pcr()).isBetween(0, EventLog.MAX_PCR);
            assertThat(event.name()).matches("[ -~]{0,64}");
        }
        for (int pcr = 0; pcr <= EventLog.MAX_PCR; pcr++) {
            List<MeasuredEvent> events = log.events(pcr, SHA256).orElse(List.of());
            assertThat(PcrDifference.words(pcr, events, events)).isEmpty();
            if (!events.isEmpty()) {
                assertThat(PcrDifference.words(pcr, events, List.of()))
                        .hasValueSatisfying(words -> assertThat(words).endsWith(" is missing"));
            }
        }
    }
}
