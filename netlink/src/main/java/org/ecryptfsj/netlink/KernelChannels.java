package org.ecryptfsj.netlink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.kernel.EcryptfsVersion.Feature;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.netlink.ChannelUnavailableException.Reason;

/** Opens the channel of the running kernel (docs/spec/channel.md, section 1). */
public final class KernelChannels {
    private static final List<Path> DEVICES = List.of(Path.of("/dev/ecryptfs"), Path.of("/dev/misc/ecryptfs"));

    private static final String LOAD = "Load the kernel's eCryptfs: modprobe ecryptfs";

    private KernelChannels() {}

    /** Selection of the channel. */
    public enum Choice {
        /** The one that the kernel has; the device is preferred. */
        AUTO,
        /** The device only. */
        MISCDEV,
        /** Netlink only. */
        NETLINK
    }

    /**
     * Opens the channel and registers with the kernel. Loads the kernel's module if necessary.
     *
     * @param store keeps what is read from the device; closed with the channel, still the caller's if this throws or returns
     *     another channel
     * @return closed by the caller
     * @throws ChannelUnavailableException with the cause and the remedy
     */
    public static KernelChannel open(Choice choice, Optional<InFlightStore> store) throws ChannelUnavailableException {
        return open(choice, version(), DEVICES, store);
    }

    private static Optional<EcryptfsVersion> version() throws ChannelUnavailableException {
        try {
            return EcryptfsVersion.current();
        } catch (IOException e) {
            throw new ChannelUnavailableException(
                    Reason.OTHER,
                    "cannot read the features of the kernel's eCryptfs: " + e.getMessage(),
                    "Look at /sys/fs/ecryptfs/version",
                    e);
        }
    }

    /** The same for a given version. Without one, because /sys is not mounted, for example, existing devices are tried. */
    static KernelChannel open(
            Choice choice, Optional<EcryptfsVersion> version, List<Path> devices, Optional<InFlightStore> store)
            throws ChannelUnavailableException {
        if (version.isPresent() && !version.get().has(Feature.PUBKEY)) {
            throw new ChannelUnavailableException(
                    Reason.NO_MESSAGING,
                    "this kernel's eCryptfs (version mask " + version.get().mask() + ") does not support daemons",
                    "Use a kernel built with CONFIG_ECRYPT_FS_MESSAGING",
                    null);
        }
        boolean hasDevice = version.isEmpty() || version.get().has(Feature.MISCDEV);
        return switch (choice) {
            case AUTO -> hasDevice ? miscdev(version, devices, store) : netlink(version);
            case MISCDEV -> {
                if (!hasDevice) {
                    throw new ChannelUnavailableException(
                            Reason.NO_MESSAGING,
                            "this kernel's eCryptfs (version mask "
                                    + version.get().mask() + ") has no /dev/ecryptfs",
                            "Use the netlink channel, or Linux 2.6.26 or newer",
                            null);
                }
                yield miscdev(version, devices, store);
            }
            case NETLINK -> netlink(version);
        };
    }

    private static KernelChannel miscdev(
            Optional<EcryptfsVersion> version, List<Path> devices, Optional<InFlightStore> store)
            throws ChannelUnavailableException {
        Path device = devices.stream()
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> version.isPresent() ? noDevice(devices.get(0), null) : notLoaded(null));
        try {
            return MiscdevChannel.open(device, store);
        } catch (LinuxException e) {
            throw unavailable(device, e);
        }
    }

    private static KernelChannel netlink(Optional<EcryptfsVersion> version) throws ChannelUnavailableException {
        try {
            return NetlinkChannel.open();
        } catch (LinuxException e) {
            throw unavailable(version, e);
        }
    }

    /** Cause of a failure to open the device. */
    static ChannelUnavailableException unavailable(Path device, LinuxException e) {
        return switch (e.errno()) {
            case EINVAL -> {
                int uid = Account.effectiveUid();
                yield new ChannelUnavailableException(
                        Reason.ALREADY_SERVED,
                        device + " cannot be opened: another ecryptfsd of uid " + uid + " is running",
                        "Stop that one first; each user has one",
                        e);
            }
            case EACCES, EPERM -> forbidden(device.toString(), e);
            case ENOENT, ENXIO, ENODEV -> noDevice(device, e);
            default -> other(e);
        };
    }

    /** Cause of a failure to open netlink. */
    static ChannelUnavailableException unavailable(Optional<EcryptfsVersion> version, LinuxException e) {
        return switch (e.errno()) {
            case EPROTONOSUPPORT, ECONNREFUSED ->
                version.isPresent()
                        ? new ChannelUnavailableException(
                                Reason.NO_MESSAGING,
                                "this kernel's eCryptfs (version mask "
                                        + version.get().mask() + ") does not support netlink",
                                "Use the device, /dev/ecryptfs",
                                e)
                        : notLoaded(e);
            case EADDRINUSE ->
                new ChannelUnavailableException(
                        Reason.ALREADY_SERVED,
                        "this process already has a netlink channel to the kernel's eCryptfs",
                        "Use that one",
                        e);
            case EACCES, EPERM -> forbidden("netlink", e);
            default -> other(e);
        };
    }

    private static ChannelUnavailableException notLoaded(LinuxException cause) {
        return new ChannelUnavailableException(
                Reason.MODULE_NOT_LOADED, "the kernel's eCryptfs is not loaded", LOAD, cause);
    }

    private static ChannelUnavailableException noDevice(Path device, LinuxException cause) {
        return new ChannelUnavailableException(
                Reason.NO_DEVICE,
                device + " is missing, or is not the device of the kernel's eCryptfs",
                "Create it as a character device of major 10 and the minor number of ecryptfs in /proc/misc",
                cause);
    }

    private static ChannelUnavailableException forbidden(String object, LinuxException cause) {
        return new ChannelUnavailableException(
                Reason.PERMISSION,
                object + " may not be used by uid " + Account.effectiveUid(),
                "Run ecryptfsd as root, or allow this user to read and write it",
                cause);
    }

    private static ChannelUnavailableException other(LinuxException cause) {
        return new ChannelUnavailableException(
                Reason.OTHER, cause.getMessage(), "Look at the kernel's log: dmesg", cause);
    }
}
