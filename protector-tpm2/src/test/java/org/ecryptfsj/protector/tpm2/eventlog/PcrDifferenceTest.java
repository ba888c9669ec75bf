package org.ecryptfsj.protector.tpm2.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first difference between two boots is said in words. */
class PcrDifferenceTest {
    private static final int SHA256 = 0x000b;
    private static final MeasuredEvent SEPARATOR = event(EventType.SEPARATOR, "00", "");
    private static final MeasuredEvent SHIM = event(EventType.BOOT_SERVICES_APPLICATION, "01", "\\shimx64.efi");
    private static final MeasuredEvent GRUB = event(EventType.BOOT_SERVICES_APPLICATION, "02", "\\grubx64.efi");
    private static final MeasuredEvent OTHER_GRUB = event(EventType.BOOT_SERVICES_APPLICATION, "03", "\\grubx64.efi");

    @ParameterizedTest
    @CsvSource({
        "SECURE_BOOT, OTHER_COMMAND_LINE, 8, GRUB command menuentry changed",
        "SECURE_BOOT, OTHER_COMMAND_LINE, 9, 'file (hd0,gpt1)/EFI/debian/grub.cfg changed'",
        "SECURE_BOOT, OTHER_DBX, 7, Secure Boot variable dbx changed",
        "SECURE_BOOT, NO_SECURE_BOOT, 7, Secure Boot is off",
        "NO_SECURE_BOOT, SECURE_BOOT, 7, Secure Boot is on",
        "NO_SECURE_BOOT, OTHER_GRUB, 4, EFI program \\EFI\\debian\\grubx64.efi changed",
    })
    void aChangedMachineIsExplained(GoldenLog then, GoldenLog now, int pcr, String words) {
        assertThat(PcrDifference.words(pcr, events(then, pcr), events(now, pcr)))
                .contains(words);
    }

    @ParameterizedTest
    @CsvSource({
        "SECURE_BOOT, OTHER_COMMAND_LINE, 4",
        "SECURE_BOOT, OTHER_COMMAND_LINE, 7",
        "SECURE_BOOT, OTHER_DBX, 4",
        "SECURE_BOOT, NO_SECURE_BOOT, 0",
        "NO_SECURE_BOOT, OTHER_GRUB, 7",
    })
    void whatTheChangeDoesNotTouchIsTheSame(GoldenLog then, GoldenLog now, int pcr) {
        assertThat(PcrDifference.words(pcr, events(then, pcr), events(now, pcr)))
                .isEmpty();
    }

    @Test
    void eventsCanBeNewMissingOrReplaced() {
        assertThat(words(List.of(SEPARATOR, GRUB), List.of(SEPARATOR, SHIM, GRUB)))
                .contains("EFI program \\shimx64.efi is new");
        assertThat(words(List.of(SEPARATOR, SHIM, GRUB), List.of(SEPARATOR, GRUB)))
                .contains("EFI program \\shimx64.efi is missing");
        assertThat(words(List.of(SEPARATOR), List.of(SEPARATOR, GRUB))).contains("EFI program \\grubx64.efi is new");
        assertThat(words(List.of(SEPARATOR, GRUB), List.of(SEPARATOR)))
                .contains("EFI program \\grubx64.efi is missing");
        assertThat(words(List.of(SHIM), List.of(GRUB)))
                .contains("EFI program \\grubx64.efi instead of EFI program \\shimx64.efi");
        assertThat(words(List.of(GRUB, SEPARATOR), List.of(OTHER_GRUB, SEPARATOR)))
                .contains("EFI program \\grubx64.efi changed");
        assertThat(words(List.of(SHIM, GRUB), List.of(GRUB, SHIM)))
                .contains("EFI program \\grubx64.efi instead of EFI program \\shimx64.efi");
    }

    @Test
    void valuesOfOneByteAreSaid() {
        MeasuredEvent on = event(EventType.VARIABLE_DRIVER_CONFIG, "04", "SecureBoot=01");
        MeasuredEvent off = event(EventType.VARIABLE_DRIVER_CONFIG, "05", "SecureBoot=00");
        assertThat(PcrDifference.words(7, List.of(on), List.of(off))).contains("Secure Boot is off");
        assertThat(PcrDifference.words(7, List.of(off), List.of(on))).contains("Secure Boot is on");
        assertThat(PcrDifference.words(
                        1,
                        List.of(event(EventType.VARIABLE_DRIVER_CONFIG, "04", "Quiet=01")),
                        List.of(event(EventType.VARIABLE_DRIVER_CONFIG, "05", "Quiet=02"))))
                .contains("EFI variable Quiet changed from 01 to 02");
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "S_CRTM_VERSION, 1.43, firmware version 1.43 instead of firmware version past",
                "IPL, kernel_cmdline, kernel command line instead of boot loader's past",
                "ACTION, Exit, firmware step \"Exit\" instead of firmware step \"past\"",
                "IPL, past, boot loader's past changed",
                "EVENT_TAG, past, measurement past changed",
                "BOOT_SERVICES_APPLICATION, '', EFI program without a path (such as a kernel) instead of EFI program past",
                "VARIABLE_AUTHORITY, past, Secure Boot entry of past changed",
                "CPU_MICROCODE, past, processor microcode changed",
                "BOOT_SERVICES_DRIVER, past, EFI driver past changed",
                "GPT_EVENT, past, partition table of disk past changed",
                "VARIABLE_BOOT, past, boot variable past changed"
            })
    void eachKindHasANoun(EventType type, String name, String words) {
        assertThat(words(List.of(event(type, "06", "past")), List.of(event(type, "07", name))))
                .contains(words);
    }

    @Test
    void anUnknownTypeIsSaid() {
        assertThat(words(List.of(), List.of(new MeasuredEvent("08", 0x1234, ""))))
                .contains("event of type 0x00001234 is new");
    }

    @Property
    void thereAreWordsIfAndOnlyIfTheDigestsDiffer(
            @ForAll("events") List<MeasuredEvent> then, @ForAll("events") List<MeasuredEvent> now) {
        assertThat(words(then, now).isEmpty()).isEqualTo(digests(then).equals(digests(now)));
    }

    @Provide
    Arbitrary<List<MeasuredEvent>> events() {
        return Combinators.combine(
                        Arbitraries.of(EventType.class),
                        Arbitraries.of("01", "02", "03"),
                        Arbitraries.of("", "a", "a=01"))
                .as(PcrDifferenceTest::event)
                .list()
                .ofMaxSize(4);
    }

    private static List<String> digests(List<MeasuredEvent> events) {
        return events.stream().map(MeasuredEvent::digest).toList();
    }

    private static Optional<String> words(List<MeasuredEvent> then, List<MeasuredEvent> now) {
        return PcrDifference.words(4, then, now);
    }

    private static List<MeasuredEvent> events(GoldenLog log, int pcr) {
        return log.parsed().events(pcr, SHA256).orElseThrow();
    }

    private static MeasuredEvent event(EventType type, String digest, String name) {
        return new MeasuredEvent(digest, type.code(), name);
    }
}
