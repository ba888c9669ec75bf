package org.ecryptfsj.protector.tpm2.eventlog;

import java.util.List;
import java.util.Optional;

/** The first difference between what was measured into a PCR in two boots, in words. */
public final class PcrDifference {
    private static final int SECURE_BOOT = 7;
    private static final String COMMAND = "grub_cmd: ";
    private static final String COMMAND_LINE = "_cmdline";

    private PcrDifference() {}

    /**
     * Compares what was measured in two boots. Events after the first difference are not looked at: they often follow from it.
     *
     * @param pcr the PCR
     * @param then its events in the first boot
     * @param now its events in the second
     * @return for example {@code Secure Boot variable dbx changed}; empty if the events are the same
     */
    public static Optional<String> words(int pcr, List<MeasuredEvent> then, List<MeasuredEvent> now) {
        int first = 0;
        int both = Math.min(then.size(), now.size());
        while (first < both && then.get(first).digest().equals(now.get(first).digest())) {
            first++;
        }
        if (first == then.size() && first == now.size()) {
            return Optional.empty();
        }
        if (first == then.size()) {
            return Optional.of(noun(pcr, now.get(first)) + " is new");
        }
        if (first == now.size()) {
            return Optional.of(noun(pcr, then.get(first)) + " is missing");
        }
        return Optional.of(
                words(pcr, then.subList(first, then.size()), now.subList(first, now.size()), now.get(first)));
    }

    private static String words(int pcr, List<MeasuredEvent> then, List<MeasuredEvent> now, MeasuredEvent present) {
        MeasuredEvent past = then.get(0);
        boolean comesLater = has(now, past);
        boolean cameLater = has(then, present);
        if (comesLater && !cameLater) {
            return noun(pcr, present) + " is new";
        }
        if (cameLater && !comesLater) {
            return noun(pcr, past) + " is missing";
        }
        if (!past.isAboutTheSame(present)) {
            return noun(pcr, present) + " instead of " + noun(pcr, past);
        }
        if (!past.hasValue() || !present.hasValue()) {
            return noun(pcr, present) + " changed";
        }
        if (present.subject().equals("SecureBoot")) {
            return "Secure Boot is " + (present.value().equals("00") ? "off" : "on");
        }
        return noun(pcr, present) + " changed from " + past.value() + " to " + present.value();
    }

    private static boolean has(List<MeasuredEvent> events, MeasuredEvent event) {
        return events.stream().anyMatch(each -> each.digest().equals(event.digest()));
    }

    /** What was measured, as people call it. */
    private static String noun(int pcr, MeasuredEvent event) {
        String name = event.subject();
        EventType type = EventType.of(event.type()).orElse(null);
        if (type == null) {
            return "event of type 0x%08x".formatted(event.type());
        }
        return switch (type) {
            case VARIABLE_DRIVER_CONFIG -> named(pcr == SECURE_BOOT ? "Secure Boot variable" : "EFI variable", name);
            case VARIABLE_BOOT, VARIABLE_BOOT2 -> named("boot variable", name);
            case VARIABLE_AUTHORITY -> named("Secure Boot entry of", name);
            case BOOT_SERVICES_APPLICATION ->
                name.isEmpty() ? "EFI program without a path (such as a kernel)" : "EFI program " + name;
            case BOOT_SERVICES_DRIVER, RUNTIME_SERVICES_DRIVER -> named("EFI driver", name);
            case GPT_EVENT, GPT_EVENT2 -> named("partition table of disk", name);
            case SEPARATOR -> "end of the firmware's measurements";
            case ACTION, EFI_ACTION -> "firmware step \"" + name + "\"";
            case S_CRTM_VERSION -> named("firmware version", name);
            case S_CRTM_CONTENTS, HCRTM_EVENT -> "first part of the firmware";
            case POST_CODE, POST_CODE2, PLATFORM_FIRMWARE_BLOB, PLATFORM_FIRMWARE_BLOB2 -> named("firmware part", name);
            case HANDOFF_TABLES, HANDOFF_TABLES2 -> named("firmware table", name);
            case CPU_MICROCODE -> "processor microcode";
            case PLATFORM_CONFIG_FLAGS -> "firmware settings";
            case TABLE_OF_DEVICES -> "list of devices";
            case NONHOST_CODE, SPDM_FIRMWARE_BLOB -> "firmware of a device";
            case NONHOST_CONFIG, SPDM_FIRMWARE_CONFIG -> "settings of a device";
            case IPL -> bootLoaderItem(name);
            case IPL_PARTITION_DATA -> "boot loader settings";
            case EVENT_TAG, COMPACT_HASH, NO_ACTION -> named("measurement", name);
        };
    }

    private static String bootLoaderItem(String name) {
        if (name.isEmpty()) {
            return "command line";
        }
        if (name.startsWith(COMMAND)) {
            return "GRUB command " + name.substring(COMMAND.length());
        }
        if (name.endsWith(COMMAND_LINE)) {
            return name.replace(COMMAND_LINE, " command line");
        }
        return (name.contains("/") ? "file " : "boot loader's ") + name;
    }

    private static String named(String noun, String name) {
        return name.isEmpty() ? noun : noun + " " + name;
    }
}
