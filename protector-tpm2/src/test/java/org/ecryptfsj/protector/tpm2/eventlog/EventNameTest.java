package org.ecryptfsj.protector.tpm2.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each kind of event has a short name, without what may be secret. */
class EventNameTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "grub_cmd: linux /boot/vmlinuz root=/dev/sda1 password=x | grub_cmd: linux /boot/vmlinuz",
                "grub_cmd: password_pbkdf2 root grub.pbkdf2.sha512.10000.ab | grub_cmd: password_pbkdf2",
                "grub_cmd: boot | grub_cmd: boot",
                "kernel_cmdline: /boot/vmlinuz cryptkey=x | kernel_cmdline",
                "(hd0,gpt1)/EFI/debian/grub.cfg | (hd0,gpt1)/EFI/debian/grub.cfg",
                "quiet cryptkey=x | quiet",
                "MokList | MokList"
            })
    void whatABootLoaderMeasures(String text, String name) {
        assertThat(EventName.of(
                        EventType.IPL.code(),
                        new LogBuilder().ascii(text + "\0").bytes()))
                .isEqualTo(name);
    }

    @Test
    void aCommandLineInUtf16IsNotKept() {
        assertThat(EventName.of(
                        EventType.IPL.code(),
                        new LogBuilder().utf16("quiet cryptkey=x\0").bytes()))
                .isEmpty();
    }

    @Test
    void variablesHaveTheirNameAndAtMostOneByteOfValue() {
        assertThat(EventName.of(EventType.VARIABLE_DRIVER_CONFIG.code(), variable("SecureBoot", new byte[] {1})))
                .isEqualTo("SecureBoot=01");
        assertThat(EventName.of(EventType.VARIABLE_BOOT.code(), variable("BootOrder", new byte[2])))
                .isEqualTo("BootOrder");
        assertThat(EventName.of(
                        EventType.VARIABLE_BOOT.code(),
                        new LogBuilder().zeros(16).u64(-1).u64(0).bytes()))
                .isEmpty();
    }

    @Test
    void programsHaveTheirPath() {
        LogBuilder path = new LogBuilder();
        node(path, 2, 1, new LogBuilder().u32(0x0a0341d0).u32(0).bytes());
        node(path, 1, 1, new byte[] {1, 2});
        assertThat(program(path.bytes())).isEqualTo("PCI device 02.1");
        node(path, 4, 4, new LogBuilder().utf16("\\EFI\0").bytes());
        node(path, 4, 4, new LogBuilder().utf16("debian\\grubx64.efi\0").bytes());
        node(path, 0x7f, 0xff, new byte[0]);
        assertThat(program(path.bytes())).isEqualTo("\\EFI\\debian\\grubx64.efi");
        LogBuilder network = new LogBuilder();
        node(network, 3, 24, new LogBuilder().ascii("http://boot/x.efi").bytes());
        assertThat(program(network.bytes())).isEqualTo("http://boot/x.efi");
        LogBuilder firmware = new LogBuilder();
        node(
                firmware,
                4,
                6,
                new LogBuilder()
                        .u32(0x7c04a583)
                        .u16(0x9e3e)
                        .u16(0x4f1c)
                        .ascii("abcdefgh")
                        .bytes());
        assertThat(program(firmware.bytes())).isEqualTo("firmware file 7c04a583-9e3e-4f1c-6162-636465666768");
        assertThat(program(new LogBuilder().u8(4).u8(4).u16(3).bytes())).isEmpty();
        assertThat(program(new byte[0])).isEmpty();
    }

    @Test
    void partsOfTheFirmwareHaveTheirDescriptionOrPlace() {
        byte[] place = new LogBuilder().u64(0xffc00000L).u64(4096).bytes();
        assertThat(EventName.of(EventType.PLATFORM_FIRMWARE_BLOB.code(), place)).isEqualTo("4096 bytes at 0xffc00000");
        assertThat(EventName.of(EventType.POST_CODE.code(), place)).isEqualTo("4096 bytes at 0xffc00000");
        assertThat(EventName.of(
                        EventType.POST_CODE.code(),
                        new LogBuilder().ascii("ACPI DATA").bytes()))
                .isEqualTo("ACPI DATA");
        assertThat(EventName.of(
                        EventType.PLATFORM_FIRMWARE_BLOB2.code(),
                        new LogBuilder().u8(3).ascii("FVM").raw(place).bytes()))
                .isEqualTo("FVM");
        assertThat(EventName.of(
                        EventType.S_CRTM_VERSION.code(),
                        new LogBuilder().utf16("1.42\0").bytes()))
                .isEqualTo("1.42");
        assertThat(EventName.of(
                        EventType.EVENT_TAG.code(),
                        new LogBuilder()
                                .u32(0x8f3b22ec)
                                .sized(new LogBuilder().ascii("Linux initrd\0").bytes())
                                .bytes()))
                .isEqualTo("Linux initrd");
        assertThat(EventName.of(
                        EventType.EVENT_TAG.code(),
                        new LogBuilder().u32(0x1234).sized(new byte[2]).bytes()))
                .isEqualTo("0x00001234");
    }

    @Property
    void anyDataHasAPrintableShortName(@ForAll EventType type, @ForAll @Size(max = 300) byte[] data) {
        assertThat(EventName.of(type.code(), data)).matches("[ -~]{0,64}");
    }

    private static byte[] variable(String name, byte[] value) {
        return new LogBuilder()
                .zeros(16)
                .u64(name.length())
                .u64(value.length)
                .utf16(name)
                .raw(value)
                .bytes();
    }

    private static void node(LogBuilder path, int type, int subtype, byte[] data) {
        path.u8(type).u8(subtype).u16(4 + data.length).raw(data);
    }

    private static String program(byte[] path) {
        return EventName.of(
                EventType.BOOT_SERVICES_APPLICATION.code(),
                new LogBuilder().zeros(24).u64(path.length).raw(path).bytes());
    }
}
