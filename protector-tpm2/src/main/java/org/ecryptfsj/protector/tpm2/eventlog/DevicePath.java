package org.ecryptfsj.protector.tpm2.eventlog;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The path to a program, as EFI writes it (UEFI Specification 2.10, section 10.3). */
final class DevicePath {
    private static final int HARDWARE = 0x01;
    private static final int MESSAGING = 0x03;
    private static final int MEDIA = 0x04;
    private static final int END = 0x7f;
    private static final int PCI = 0x01;
    private static final int URI = 0x18;
    private static final int FILE = 0x04;
    private static final int FIRMWARE_FILE = 0x06;
    private static final int HEADER_BYTES = 4;

    private DevicePath() {}

    /**
     * The part of a path that people know: the file in the file system, the address in the network, the file in the firmware, or
     * the PCI device.
     *
     * @return empty if there is no such part
     */
    static String shortName(byte[] path) throws MalformedEventLogException {
        LittleEndianReader in = new LittleEndianReader(path);
        StringBuilder file = new StringBuilder();
        String other = "";
        while (in.hasMore()) {
            int type = in.u8();
            int subtype = in.u8();
            byte[] data = in.raw(in.u16() - HEADER_BYTES);
            if (type == END) {
                break;
            }
            if (type == MEDIA && subtype == FILE) {
                append(file, new String(data, StandardCharsets.UTF_16LE));
            } else {
                String name = nameOf(type, subtype, data);
                other = name.isEmpty() ? other : name;
            }
        }
        return file.length() > 0 ? file.toString() : other;
    }

    private static String nameOf(int type, int subtype, byte[] data) throws MalformedEventLogException {
        LittleEndianReader in = new LittleEndianReader(data);
        if (type == MEDIA && subtype == FIRMWARE_FILE) {
            return "firmware file " + in.guid();
        }
        if (type == MESSAGING && subtype == URI) {
            return new String(data, StandardCharsets.UTF_8);
        }
        if (type == HARDWARE && subtype == PCI) {
            int function = in.u8();
            return String.format(Locale.ROOT, "PCI device %02x.%x", in.u8(), function);
        }
        return "";
    }

    /** A path can be in several nodes, with or without a backslash where they meet. */
    private static void append(StringBuilder file, String node) {
        String part = node.split("\0", 2)[0];
        boolean separated = file.length() == 0 || part.startsWith("\\") || file.charAt(file.length() - 1) == '\\';
        file.append(separated ? "" : "\\").append(part);
    }
}
