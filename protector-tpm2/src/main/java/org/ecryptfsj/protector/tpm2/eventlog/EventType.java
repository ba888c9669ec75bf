package org.ecryptfsj.protector.tpm2.eventlog;

import java.util.Arrays;
import java.util.Optional;

/** Types of events that have a name here (TCG PC Client Platform Firmware Profile 1.06, section 10.4.1). */
public enum EventType {
    /** What a firmware component or table is, as text or as its place in memory. */
    POST_CODE(0x01),
    /** Not measured: information about the log. */
    NO_ACTION(0x03),
    /** The end of what the firmware measures before it starts a boot loader. */
    SEPARATOR(0x04),
    /** A step of the firmware, as text. */
    ACTION(0x05),
    /** An event with a number of its own, such as those of Linux. */
    EVENT_TAG(0x06),
    /** The part of the firmware that measures first. */
    S_CRTM_CONTENTS(0x07),
    /** Its version. */
    S_CRTM_VERSION(0x08),
    /** Microcode of the processor. */
    CPU_MICROCODE(0x09),
    /** Settings of the firmware. */
    PLATFORM_CONFIG_FLAGS(0x0a),
    /** Devices of the machine. */
    TABLE_OF_DEVICES(0x0b),
    /** Measured by a program that runs at boot. */
    COMPACT_HASH(0x0c),
    /** Measured by a boot loader: a command, a file, a command line. */
    IPL(0x0d),
    /** Settings of the boot loader, such as a partition table of a BIOS. */
    IPL_PARTITION_DATA(0x0e),
    /** Firmware of a device. */
    NONHOST_CODE(0x0f),
    /** Settings of a device. */
    NONHOST_CONFIG(0x10),
    /** As {@link #POST_CODE}, with its place in memory. */
    POST_CODE2(0x13),
    /** An EFI variable with settings, such as those of Secure Boot. */
    VARIABLE_DRIVER_CONFIG(0x8000_0001),
    /** An EFI variable that says what is booted. */
    VARIABLE_BOOT(0x8000_0002),
    /** A program that the firmware or a boot loader starts. */
    BOOT_SERVICES_APPLICATION(0x8000_0003),
    /** A driver that runs until the operating system starts. */
    BOOT_SERVICES_DRIVER(0x8000_0004),
    /** A driver that stays. */
    RUNTIME_SERVICES_DRIVER(0x8000_0005),
    /** The partition table of the disk that is booted. */
    GPT_EVENT(0x8000_0006),
    /** As {@link #ACTION}. */
    EFI_ACTION(0x8000_0007),
    /** A part of the firmware. */
    PLATFORM_FIRMWARE_BLOB(0x8000_0008),
    /** Tables of the firmware, such as those of ACPI. */
    HANDOFF_TABLES(0x8000_0009),
    /** As {@link #PLATFORM_FIRMWARE_BLOB}, with a description. */
    PLATFORM_FIRMWARE_BLOB2(0x8000_000a),
    /** As {@link #HANDOFF_TABLES}, with a description. */
    HANDOFF_TABLES2(0x8000_000b),
    /** As {@link #VARIABLE_BOOT}: the variable's contents alone are measured. */
    VARIABLE_BOOT2(0x8000_000c),
    /** As {@link #GPT_EVENT}, with the serial numbers left out of the hash. */
    GPT_EVENT2(0x8000_000d),
    /** What measures before the processor runs the firmware. */
    HCRTM_EVENT(0x8000_0010),
    /** The key or the hash in a variable that allowed a program under Secure Boot. */
    VARIABLE_AUTHORITY(0x8000_00e0),
    /** Firmware of a device that authenticates itself. */
    SPDM_FIRMWARE_BLOB(0x8000_00e1),
    /** Settings of a device that authenticates itself. */
    SPDM_FIRMWARE_CONFIG(0x8000_00e2);

    private final int code;

    EventType(int code) {
        this.code = code;
    }

    /** Its number in an event log. */
    public int code() {
        return code;
    }

    /** Whether the event is an EFI variable. */
    boolean isVariable() {
        return this == VARIABLE_DRIVER_CONFIG
                || this == VARIABLE_BOOT
                || this == VARIABLE_BOOT2
                || this == VARIABLE_AUTHORITY;
    }

    /** The type with a number; empty if it has no name here. */
    public static Optional<EventType> of(int code) {
        return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
    }
}
