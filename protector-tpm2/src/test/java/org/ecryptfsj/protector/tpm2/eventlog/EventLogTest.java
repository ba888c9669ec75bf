package org.ecryptfsj.protector.tpm2.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Logs of both formats are read, and hostile ones refused. */
class EventLogTest {
    private static final int SHA1 = 0x0004;
    private static final int SHA256 = 0x000b;
    private static final byte[] NONE = new byte[0];

    @ParameterizedTest
    @EnumSource
    void aRealLogHasTheEventsOfItsBoot(GoldenLog golden) {
        EventLog log = golden.parsed();

        assertThat(names(log, 7)).startsWith(golden.hasSecureBoot() ? "SecureBoot=01" : "SecureBoot=00");
        assertThat(names(log, 7)).contains("PK", "KEK", "db", "dbx");
        assertThat(names(log, 4)).contains("\\EFI\\debian\\shimx64.efi", "\\EFI\\debian\\grubx64.efi");
        assertThat(names(log, 8))
                .contains(
                        "kernel_cmdline",
                        "grub_cmd: " + (golden.hasSecureBoot() ? "linux" : "linuxefi")
                                + " /boot/vmlinuz-6.1.0-57-amd64");
        assertThat(names(log, 5)).contains("6a1d2f3c-0b5e-4c7a-9d8e-112233445566");
        assertThat(log.events(7, SHA1).orElseThrow())
                .hasSameSizeAs(log.events(7, SHA256).orElseThrow());
        assertThat(log.events(7, 0x0012)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void namesHoldNoArguments(GoldenLog golden) {
        assertThat(golden.parsed().events()).noneMatch(event -> event.name().contains("console="));
    }

    @Test
    void aLogOfTheOldFormatHasOneBank() throws Exception {
        byte[] bytes = new LogBuilder()
                .u32(0)
                .u32(EventType.NO_ACTION.code())
                .zeros(20)
                .sized(new LogBuilder().ascii("Spec ID Event00\0").zeros(12).bytes())
                .u32(4)
                .u32(EventType.ACTION.code())
                .raw(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
                .sized(new LogBuilder().ascii("Calling INT 19h").bytes())
                .bytes();

        assertThat(EventLog.parse(bytes).events())
                .containsExactly(new LoggedEvent(
                        4, 5, Map.of(SHA1, "0102030405060708090a0b0c0d0e0f1011121314"), "Calling INT 19h"));
        assertThat(EventLog.parse(bytes).events(4, SHA256)).isEmpty();
    }

    static Stream<byte[]> hostile() {
        return Stream.of(
                NONE,
                new byte[31],
                new byte[EventLog.MAX_BYTES + 1],
                new LogBuilder().header(NONE).bytes(),
                new LogBuilder().header(new LogBuilder().u32(0).bytes()).bytes(),
                new LogBuilder().header(new LogBuilder().u32(-1).bytes()).bytes(),
                new LogBuilder()
                        .header(new LogBuilder().u32(17).zeros(68).bytes())
                        .bytes(),
                new LogBuilder()
                        .header(new LogBuilder().u32(1).u16(SHA256).u16(0).bytes())
                        .bytes(),
                new LogBuilder()
                        .header(new LogBuilder().u32(1).u16(SHA256).u16(65).bytes())
                        .bytes(),
                new LogBuilder()
                        .header(new LogBuilder()
                                .u32(2)
                                .u16(11)
                                .u16(32)
                                .u16(11)
                                .u16(32)
                                .bytes())
                        .bytes(),
                new LogBuilder().header().u32(0).u32(4).u32(2).zeros(100).bytes(),
                new LogBuilder().header().u32(0).u32(4).u32(-1).zeros(100).bytes(),
                new LogBuilder()
                        .header()
                        .u32(0)
                        .u32(4)
                        .u32(1)
                        .u16(SHA1)
                        .zeros(100)
                        .bytes(),
                new LogBuilder()
                        .header()
                        .u32(0)
                        .u32(4)
                        .u32(1)
                        .u16(SHA256)
                        .zeros(32)
                        .u32(-1)
                        .bytes(),
                new LogBuilder()
                        .header()
                        .u32(0)
                        .u32(4)
                        .u32(1)
                        .u16(SHA256)
                        .zeros(32)
                        .u32(1)
                        .bytes(),
                new LogBuilder().header().event(24, EventType.ACTION, 1, NONE).bytes(),
                new LogBuilder().header().event(-1, EventType.ACTION, 1, NONE).bytes(),
                new LogBuilder()
                        .header(new LogBuilder()
                                .u32(2)
                                .u16(SHA1)
                                .u16(1)
                                .u16(SHA256)
                                .u16(1)
                                .bytes())
                        .u32(0)
                        .u32(4)
                        .u32(2)
                        .u16(SHA256)
                        .u8(1)
                        .u16(SHA256)
                        .u8(1)
                        .u32(0)
                        .bytes());
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void hostileBytesAreRefused(byte[] bytes) {
        assertThatThrownBy(() -> EventLog.parse(bytes)).isInstanceOf(MalformedEventLogException.class);
    }

    @Test
    void tooManyEventsAreRefused() {
        LogBuilder log = new LogBuilder().header();
        for (int i = 0; i < 16384; i++) {
            log.event(1, EventType.ACTION, 1, NONE);
        }

        assertThatThrownBy(() -> EventLog.parse(log.bytes())).hasMessage("it has more than 16384 events");
    }

    @Property(tries = 100)
    void aLogThatWasCutIsRefusedOrShorter(@ForAll @IntRange(min = 1, max = 60_000) int cut) {
        byte[] whole = GoldenLog.SECURE_BOOT.bytes();
        byte[] part = Arrays.copyOf(whole, Math.max(0, whole.length - cut));
        try {
            assertThat(EventLog.parse(part).events().size())
                    .isLessThan(GoldenLog.SECURE_BOOT.parsed().events().size());
        } catch (MalformedEventLogException e) {
            assertThat(e).hasMessageMatching("it ends too early|it is empty");
        }
    }

    @Test
    void whatIsNotMeasuredIsNoEvent() throws Exception {
        byte[] bytes = new LogBuilder()
                .header()
                .event(
                        -1,
                        EventType.NO_ACTION,
                        0,
                        new LogBuilder().ascii("StartupLocality\0").u8(3).bytes())
                .bytes();

        assertThat(EventLog.parse(bytes).events()).isEmpty();
        assertThat(EventLog.parse(bytes).events(0, SHA256)).contains(List.of());
    }

    private static List<String> names(EventLog log, int pcr) {
        return log.events(pcr, SHA256).orElseThrow().stream()
                .map(MeasuredEvent::name)
                .toList();
    }
}
