package org.ecryptfsj.protector.tpm2.eventlog;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;

/**
 * The short name of what was measured (docs/spec/key-file.md, section 10). It holds no contents of variables but those of one byte,
 * no arguments of commands but paths, and no command lines, because a key file keeps it in plain.
 */
final class EventName {
    private static final String COMMAND = "grub_cmd: ";
    private static final Set<String> COMMANDS_WITH_PATH = Set.of(
            "chainloader", "configfile", "initrd", "initrdefi", "insmod", "linux", "linuxefi", "multiboot", "source");
    private static final Set<String> COMMAND_LINES = Set.of("kernel_cmdline", "module_cmdline");
    private static final int GUID_BYTES = 16;
    private static final int IMAGE_ADDRESSES = 24;
    private static final int DISK_GUID_OFFSET = 56;
    private static final int MAX_TAG_TEXT = 64;

    private EventName() {}

    /**
     * The name of an event.
     *
     * @return empty if the data does not say; at most {@link LoggedEvent#MAX_NAME} printable characters
     */
    static String of(int code, byte[] data) {
        EventType type = EventType.of(code).orElse(null);
        if (type == null) {
            return "";
        }
        try {
            return printable(name(type, data));
        } catch (MalformedEventLogException e) {
            // The type does not bind anybody: firmware also writes other data than the standard says. Only the name is
            // missing then.
            return "";
        }
    }

    private static String name(EventType type, byte[] data) throws MalformedEventLogException {
        LittleEndianReader in = new LittleEndianReader(data);
        return switch (type) {
            case VARIABLE_DRIVER_CONFIG, VARIABLE_BOOT, VARIABLE_BOOT2, VARIABLE_AUTHORITY -> variable(in);
            case BOOT_SERVICES_APPLICATION, BOOT_SERVICES_DRIVER, RUNTIME_SERVICES_DRIVER -> image(in);
            case GPT_EVENT, GPT_EVENT2 -> disk(in);
            case PLATFORM_FIRMWARE_BLOB2, HANDOFF_TABLES2 -> text(in.raw(in.u8()));
            case PLATFORM_FIRMWARE_BLOB -> place(in);
            case POST_CODE, POST_CODE2 -> isAscii(data) ? text(data) : place(in);
            case S_CRTM_VERSION, ACTION, EFI_ACTION -> text(data);
            case EVENT_TAG -> tag(in);
            case IPL -> bootLoaderItem(data);
            default -> "";
        };
    }

    /** UEFI_VARIABLE_DATA: the variable, with its value if that is one byte. */
    private static String variable(LittleEndianReader in) throws MalformedEventLogException {
        in.raw(GUID_BYTES);
        long units = in.u64();
        long bytes = in.u64();
        String name = in.utf16(units);
        return bytes == 1 ? name + "=" + HexFormat.of().formatHex(in.raw(bytes)) : name;
    }

    /** UEFI_IMAGE_LOAD_EVENT. */
    private static String image(LittleEndianReader in) throws MalformedEventLogException {
        in.raw(IMAGE_ADDRESSES);
        return DevicePath.shortName(in.raw(in.u64()));
    }

    /** UEFI_GPT_DATA: the GUID of the disk. */
    private static String disk(LittleEndianReader in) throws MalformedEventLogException {
        in.raw(DISK_GUID_OFFSET);
        return in.guid();
    }

    /** UEFI_PLATFORM_FIRMWARE_BLOB: address and bytes. */
    private static String place(LittleEndianReader in) throws MalformedEventLogException {
        long address = in.u64();
        return String.format(Locale.ROOT, "%s bytes at 0x%x", Long.toUnsignedString(in.u64()), address);
    }

    /** TCG_PCClientTaggedEvent, where Linux writes a text and others their own data. */
    private static String tag(LittleEndianReader in) throws MalformedEventLogException {
        int number = in.u32();
        byte[] data = in.sized();
        return data.length > 0 && data.length <= MAX_TAG_TEXT && isAscii(data)
                ? text(data)
                : String.format(Locale.ROOT, "0x%08x", number);
    }

    /** What a boot loader measured: GRUB writes a word before commands and command lines, and systemd a command line in UTF-16. */
    private static String bootLoaderItem(byte[] data) {
        if (!isAscii(data)) {
            return "";
        }
        String text = text(data);
        String word = text.split(":", 2)[0];
        if (COMMAND_LINES.contains(word)) {
            return word;
        }
        return text.startsWith(COMMAND)
                ? COMMAND + command(text.substring(COMMAND.length()))
                : text.strip().split("\\s", 2)[0];
    }

    private static String command(String line) {
        String[] words = line.strip().split("\\s+", 3);
        return words.length > 1 && COMMANDS_WITH_PATH.contains(words[0]) ? words[0] + " " + words[1] : words[0];
    }

    /** A text, which some firmware writes in ASCII and some in UTF-16, with or without a zero behind it. */
    private static String text(byte[] data) {
        return new String(data, isAscii(data) ? StandardCharsets.US_ASCII : StandardCharsets.UTF_16LE)
                .split("\0", 2)[0];
    }

    private static boolean isAscii(byte[] data) {
        int end = data.length;
        while (end > 0 && data[end - 1] == 0) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            if (data[i] < ' ' && data[i] != '\t' && data[i] != '\n') {
                return false;
            }
        }
        return end > 0;
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        for (int i = 0; i < text.length() && printable.length() < LoggedEvent.MAX_NAME; i++) {
            char c = text.charAt(i);
            printable.append(c >= ' ' && c <= '~' ? c : '?');
        }
        return printable.toString();
    }
}
