package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.ChannelUnavailableException.Reason;
import org.ecryptfsj.netlink.KernelChannels.Choice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KernelChannelsTest {
    /** Linux 6.1 with messaging, and without; one of the netlink era. */
    private static final Optional<EcryptfsVersion> MODERN = Optional.of(new EcryptfsVersion(0x177));

    private static final Optional<EcryptfsVersion> WITHOUT_MESSAGING = Optional.of(new EcryptfsVersion(0x135));
    private static final Optional<EcryptfsVersion> NETLINK_ERA = Optional.of(new EcryptfsVersion(0x7));
    private static final Optional<EcryptfsVersion> UNKNOWN = Optional.empty();

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(
            value = Choice.class,
            names = {"AUTO", "MISCDEV"})
    void theFirstDeviceThatExistsIsOpened(Choice choice) throws Exception {
        Path device = NamedPipe.in(directory);
        List<Path> devices = List.of(directory.resolve("missing"), device);

        try (KernelChannel channel = KernelChannels.open(choice, MODERN, devices, Optional.empty())) {
            assertThat(channel.kind()).isEqualTo(KernelChannel.Kind.MISCDEV);
            assertThat(channel.name()).isEqualTo(device.toString());
        }
    }

    @Test
    void aDeviceThatExistsIsOpenedEvenIfTheVersionIsUnknown() throws Exception {
        Path device = NamedPipe.in(directory);

        try (KernelChannel channel = KernelChannels.open(Choice.AUTO, UNKNOWN, List.of(device), Optional.empty())) {
            assertThat(channel.name()).isEqualTo(device.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(Choice.class)
    void aKernelWithoutMessagingHasNoChannelForAnyChoice(Choice choice) throws Exception {
        Path device = NamedPipe.in(directory);

        assertUnavailable(choice, WITHOUT_MESSAGING, device, Reason.NO_MESSAGING, "309");
    }

    @Test
    void aKernelOfTheNetlinkEraHasNoDevice() throws Exception {
        assertUnavailable(Choice.MISCDEV, NETLINK_ERA, NamedPipe.in(directory), Reason.NO_MESSAGING, "/dev/ecryptfs");
    }

    /** What it finds here is a kernel that knows no protocol 19, as every kernel since 2.6.32. */
    @Test
    void aKernelOfTheNetlinkEraIsReachedOverNetlink() throws Exception {
        assertUnavailable(Choice.AUTO, NETLINK_ERA, NamedPipe.in(directory), Reason.NO_MESSAGING, "netlink");
    }

    @Test
    void aModernKernelHasNoNetlink() throws Exception {
        assertUnavailable(Choice.NETLINK, MODERN, NamedPipe.in(directory), Reason.NO_MESSAGING, "netlink");
    }

    @Test
    void withoutVersionAndDeviceTheModuleIsNotLoaded() {
        Path missing = directory.resolve("missing");

        assertUnavailable(Choice.AUTO, UNKNOWN, missing, Reason.MODULE_NOT_LOADED, "not loaded");
        assertUnavailable(Choice.MISCDEV, UNKNOWN, missing, Reason.MODULE_NOT_LOADED, "not loaded");
        assertUnavailable(Choice.NETLINK, UNKNOWN, missing, Reason.MODULE_NOT_LOADED, "not loaded");
    }

    @Test
    void aMissingDeviceIsNamed() {
        Path missing = directory.resolve("missing");

        assertUnavailable(Choice.AUTO, MODERN, missing, Reason.NO_DEVICE, missing.toString());
    }

    /** This file refuses HELO as the device refuses a second open, with EINVAL. */
    @Test
    void anOpenThatFailsWithEinvalMeansThatThisUserIsServedAlready() {
        Path taken = Path.of("/proc/self/oom_score_adj");

        assertUnavailable(Choice.AUTO, MODERN, taken, Reason.ALREADY_SERVED, "uid " + Account.effectiveUid());
    }

    @Test
    void aDirectoryInPlaceOfTheDeviceIsReportedWithTheKernelsError() {
        assertUnavailable(Choice.AUTO, MODERN, directory, Reason.OTHER, "EISDIR");
    }

    @ParameterizedTest
    @CsvSource({
        "EINVAL, ALREADY_SERVED",
        "EACCES, PERMISSION",
        "EPERM, PERMISSION",
        "ENOENT, NO_DEVICE",
        "ENXIO, NO_DEVICE",
        "ENODEV, NO_DEVICE",
        "EMFILE, OTHER",
    })
    void eachErrorOfTheDeviceHasItsReason(Errno errno, Reason reason) {
        assertExplained(
                KernelChannels.unavailable(Path.of("/dev/ecryptfs"), new LinuxException("open", errno)), reason);
    }

    @ParameterizedTest
    @CsvSource({
        "EPROTONOSUPPORT, NO_MESSAGING",
        "ECONNREFUSED, NO_MESSAGING",
        "EADDRINUSE, ALREADY_SERVED",
        "EACCES, PERMISSION",
        "EPERM, PERMISSION",
        "EMFILE, OTHER",
    })
    void eachErrorOfNetlinkHasItsReason(Errno errno, Reason reason) {
        assertExplained(KernelChannels.unavailable(MODERN, new LinuxException("socket", errno)), reason);
    }

    private static void assertUnavailable(
            Choice choice, Optional<EcryptfsVersion> version, Path device, Reason reason, String text) {
        assertThatThrownBy(() -> KernelChannels.open(choice, version, List.of(device), Optional.empty()))
                .isInstanceOfSatisfying(ChannelUnavailableException.class, e -> assertExplained(e, reason))
                .hasMessageContaining(text);
    }

    private static void assertExplained(ChannelUnavailableException e, Reason reason) {
        assertThat(e.reason()).isEqualTo(reason);
        assertThat(e.getMessage()).isNotBlank();
        assertThat(e.advice()).isNotBlank();
    }
}
