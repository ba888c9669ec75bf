package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonValue;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.tpm2.eventlog.EventLog;
import org.ecryptfsj.protector.tpm2.eventlog.EventType;
import org.ecryptfsj.protector.tpm2.eventlog.GoldenLog;
import org.ecryptfsj.protector.tpm2.eventlog.LoggedEvent;
import org.ecryptfsj.protector.tpm2.eventlog.MeasuredEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a log explains is kept in a key file, read again, and compared. */
class KeptEventsTest {
    private static final String DIGEST = "ab".repeat(32);
    private static final JsonObject EVENT =
            JsonObject.empty().with("digest", DIGEST).with("type", "80000001").with("name", "dbx");

    /** Of PCR 10 it does not, because the kernel extended that one. */
    @ParameterizedTest
    @EnumSource
    void theReplayOfARealLogGivesTheValuesOfTheSameBoot(GoldenLog golden) {
        for (PcrBank bank : PcrBank.values()) {
            Map<Integer, String> values = golden.pcrs(bank.title());
            SortedMap<Integer, String> measured = new TreeMap<>(values);
            measured.values().removeIf(value -> value.matches("0*|f*"));
            assertThat(measured).containsKeys(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14);

            SealingPolicy policy = SealingPolicy.ofPcrs(bank, measured, false);
            KeptEvents kept = KeptEvents.of(golden.parsed(), policy);

            assertThat(kept.gaps(policy)).startsWith("; no events of PCR 10 are kept");
        }
    }

    @Test
    void nothingIsKeptOfAPcrThatTheLogDoesNotExplain() {
        SealingPolicy policy = policy(GoldenLog.SECURE_BOOT, 4, 7);
        SortedMap<Integer, String> changed = new TreeMap<>(policy.pcrs());
        changed.put(7, DIGEST);
        SealingPolicy extended = SealingPolicy.ofPcrs(PcrBank.SHA256, changed, false);

        KeptEvents kept = KeptEvents.of(GoldenLog.SECURE_BOOT.parsed(), extended);

        assertThat(kept.pcrs()).containsOnlyKeys(4);
        assertThat(kept.gaps(extended))
                .isEqualTo(
                        "; no events of PCR 7 are kept, because the firmware's event log does not explain its value");
        assertThat(kept.gaps(policy(GoldenLog.SECURE_BOOT, 4))).isEmpty();
        assertThat(kept.change(7, extended, GoldenLog.OTHER_DBX.parsed())).isEmpty();
    }

    @Test
    void whatIsWrittenIsReadAgain() throws MalformedFieldException {
        KeptEvents kept = KeptEvents.of(GoldenLog.SECURE_BOOT.parsed(), policy(GoldenLog.SECURE_BOOT, 0, 4, 7, 14));

        JsonObject fields = kept.in(JsonObject.empty().with("bank", "sha256"));

        assertThat(KeptEvents.of(fields, PcrBank.SHA256)).contains(kept);
        assertThat(KeptEvents.of(JsonObject.empty(), PcrBank.SHA256)).isEmpty();
        assertThat(fields.without("events")).isEqualTo(JsonObject.empty().with("bank", "sha256"));
    }

    @Test
    void theFirstEventsAreKeptWhereThereAreManyAndAreComparedAlone() {
        List<LoggedEvent> events = new ArrayList<>();
        for (int i = 0; i < KeptEvents.MAX_EVENTS + 10; i++) {
            events.add(event(8, i));
        }
        events.add(event(9, 0));
        EventLog log = new EventLog(events);
        SortedMap<Integer, String> values = new TreeMap<>();
        values.put(8, replayed(log, 8));
        values.put(9, replayed(log, 9));
        SealingPolicy policy = SealingPolicy.ofPcrs(PcrBank.SHA256, values, false);

        KeptEvents kept = KeptEvents.of(log, policy);

        assertThat(kept.pcrs().get(8)).hasSize(KeptEvents.MAX_EVENTS);
        assertThat(kept.pcrs().get(9)).isEmpty();
        assertThat(kept.gaps(policy)).isEmpty();
        events.set(KeptEvents.MAX_EVENTS + 5, event(8, 9999));
        assertThat(kept.change(8, policy, new EventLog(events))).isEmpty();
        events.set(5, event(8, 9999));
        assertThat(kept.change(8, policy, new EventLog(events))).contains("GRUB command set changed");
        assertThat(kept.change(9, policy, new EventLog(List.of()))).isEmpty();
    }

    @Test
    void aPcrThatWasExtendedAfterTheBootIsToldFromAnotherBoot() {
        SealingPolicy policy = policy(GoldenLog.SECURE_BOOT, 7);
        KeptEvents kept = KeptEvents.of(GoldenLog.SECURE_BOOT.parsed(), policy);

        assertThat(kept.change(7, policy, GoldenLog.SECURE_BOOT.parsed()))
                .contains("the boot was the same as then; software changed the PCR after it");
        assertThat(kept.change(7, policy, GoldenLog.OTHER_DBX.parsed())).contains("Secure Boot variable dbx changed");
    }

    @Test
    void theLocalityInWhichTheTpmWasStartedIsFound() {
        EventLog log = new EventLog(List.of(event(0, 1)));
        byte[] start = new byte[32];
        start[31] = 3;
        String value = HexFormat.of()
                .formatHex(PcrBank.SHA256.extended(
                        start,
                        HexFormat.of().parseHex(log.events().get(0).digests().get(0x000b))));
        SealingPolicy first = SealingPolicy.ofPcrs(PcrBank.SHA256, new TreeMap<>(Map.of(0, value)), false);
        SealingPolicy second = SealingPolicy.ofPcrs(PcrBank.SHA256, new TreeMap<>(Map.of(1, value)), false);

        assertThat(KeptEvents.of(log, first).pcrs()).containsOnlyKeys(0);
        assertThat(KeptEvents.of(new EventLog(List.of(event(1, 1))), second).pcrs())
                .isEmpty();
    }

    static Stream<JsonValue> hostile() {
        return Stream.of(
                new JsonValue.Null(),
                new JsonValue.Text("7"),
                JsonObject.empty().with("24", list(EVENT)),
                JsonObject.empty().with("07", list(EVENT)),
                JsonObject.empty().with("7", EVENT),
                JsonObject.empty().with("7", list(new JsonValue.Whole(1))),
                JsonObject.empty().with("7", list(EVENT.without("digest"))),
                JsonObject.empty().with("7", list(EVENT.without("type"))),
                JsonObject.empty().with("7", list(EVENT.without("name"))),
                JsonObject.empty().with("7", list(EVENT.with("digest", "ab".repeat(20)))),
                JsonObject.empty().with("7", list(EVENT.with("digest", "AB".repeat(32)))),
                JsonObject.empty().with("7", list(EVENT.with("type", "8000000g"))),
                JsonObject.empty().with("7", list(EVENT.with("type", "1"))),
                JsonObject.empty().with("7", list(EVENT.with("name", "x".repeat(65)))),
                JsonObject.empty().with("7", list(EVENT.with("name", "\u001b[2J"))),
                JsonObject.empty().with("7", new JsonValue.Array(Collections.nCopies(257, EVENT))),
                JsonObject.empty()
                        .with("7", new JsonValue.Array(Collections.nCopies(200, EVENT)))
                        .with("8", new JsonValue.Array(Collections.nCopies(57, EVENT))));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void hostileFieldsAreRefused(JsonValue events) {
        assertThatThrownBy(() -> KeptEvents.of(JsonObject.empty().with("events", events), PcrBank.SHA256))
                .isInstanceOf(MalformedFieldException.class);
    }

    @Test
    void theKeyFileStaysSmall() {
        MeasuredEvent event = new MeasuredEvent("ab".repeat(64), 0x80000001, "x".repeat(LoggedEvent.MAX_NAME));
        KeptEvents most = new KeptEvents(new TreeMap<>(Map.of(7, Collections.nCopies(KeptEvents.MAX_EVENTS, event))));

        assertThat(most.in(JsonObject.empty()).indented().length()).isLessThan(80_000);
    }

    private static JsonValue list(JsonValue element) {
        return new JsonValue.Array(List.of(element));
    }

    private static LoggedEvent event(int pcr, int number) {
        return new LoggedEvent(pcr, EventType.IPL.code(), Map.of(0x000b, "%064x".formatted(number)), "grub_cmd: set");
    }

    private static String replayed(EventLog log, int pcr) {
        byte[] value = new byte[32];
        for (MeasuredEvent event : log.events(pcr, 0x000b).orElseThrow()) {
            value = PcrBank.SHA256.extended(value, HexFormat.of().parseHex(event.digest()));
        }
        return HexFormat.of().formatHex(value);
    }

    private static SealingPolicy policy(GoldenLog golden, Integer... pcrs) {
        SortedMap<Integer, String> values = new TreeMap<>(golden.pcrs("sha256"));
        values.keySet().retainAll(List.of(pcrs));
        return SealingPolicy.ofPcrs(PcrBank.SHA256, values, false);
    }
}
