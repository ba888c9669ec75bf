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

/** Opens the channel that the running kernel has (docs/spec/channel.md, section 1). */
public final class KernelChannels {
    private static final List<Path> DEVICES = List.of(Path.of("/dev/ecryptfs"), Path.of("/dev/misc/ecryptfs"));

    private static final String LOAD = "Load the kernel's eCryptfs: modprobe ecryptfs";

    private KernelChannels() {}

    /** Which channel is wanted. */
    public enum Choice {
        /** What the kernel has, the device first. */
        AUTO,
        /** The device only. */
        MISCDEV,
        /** Netlink only. */
        NETLINK
    }

    /**
     * Opens the channel and registers with the kernel. Loads the kernel's module if need be.
     *
     * @param record keeps what is read from the device; closed with the channel, still the caller's if this throws or brings
     *     another channel
     * @return closed by the caller
     * @throws ChannelUnavailableException with the reason and what to do about it
     */
    public static KernelChannel open(Choice choice, Optional<InFlightStore> record) throws ChannelUnavailableException {
        return open(choice, version(), DEVICES, record);
    }

    private static Optional<EcryptfsVersion> version() throws ChannelUnavailableException {
        try {
            return EcryptfsVersion.current();
        } catch (IOException e) {
            throw new ChannelUnavailableException(
                    Reason.OTHER,
                    "what the kernel's eCryptfs can do cannot be read: " + e.getMessage(),
                    "Look at /sys/fs/ecryptfs/version",
                    e);
        }
    }

    /**
     * The same for a given version; where there is none, because /sys is not mounted, for example, what exists is tried.
     */
    static KernelChannel open(
            Choice choice, Optional<EcryptfsVersion> version, List<Path> devices, Optional<InFlightStore> record)
            throws ChannelUnavailableException {
        if (version.isPresent() && !version.get().has(Feature.PUBKEY)) {
            throw new ChannelUnavailableException(
                    Reason.NO_MESSAGING,
                    "this kernel's eCryptfs (version mask " + version.get().mask() + ") does not talk to daemons",
                    "Use a kernel built with CONFIG_ECRYPT_FS_MESSAGING",
                    null);
        }
        boolean hasDevice = version.isEmpty() || version.get().has(Feature.MISCDEV);
        return switch (choice) {
            case AUTO -> hasDevice ? miscdev(version, devices, record) : netlink(version);
            case MISCDEV -> {
                if (!hasDevice) {
                    throw new ChannelUnavailableException(
                            Reason.NO_MESSAGING,
                            "this kernel's eCryptfs (version mask "
                                    + version.get().mask() + ") has no /dev/ecryptfs",
                            "Use the netlink channel, or Linux 2.6.26 or newer",
                            null);
                }
                yield miscdev(version, devices, record);
            }
            case NETLINK -> netlink(version);
        };
    }

    private static KernelChannel miscdev(
            Optional<EcryptfsVersion> version, List<Path> devices, Optional<InFlightStore> record)
            throws ChannelUnavailableException {
        Path device = devices.stream()
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> version.isPresent() ? noDevice(devices.get(0), null) : notLoaded(null));
        try {
            return MiscdevChannel.open(device, record);
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

    /** Why the device could not be opened. */
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

    /** Why netlink could not be opened. */
    static ChannelUnavailableException unavailable(Optional<EcryptfsVersion> version, LinuxException e) {
        return switch (e.errno()) {
            case EPROTONOSUPPORT, ECONNREFUSED ->
                version.isPresent()
                        ? new ChannelUnavailableException(
                                Reason.NO_MESSAGING,
                                "this kernel's eCryptfs (version mask "
                                        + version.get().mask() + ") does not speak netlink",
                                "Use the device, /dev/ecryptfs",
                                e)
                        : notLoaded(e);
            case EADDRINUSE ->
                new ChannelUnavailableException(
                        Reason.ALREADY_SERVED,
                        "this process has a netlink channel to the kernel's eCryptfs already",
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
                device + " is missing, or is not the kernel's eCryptfs",
                "Make it a character device of major 10 and the minor number of ecryptfs in /proc/misc",
                cause);
    }

    private static ChannelUnavailableException forbidden(String object, LinuxException cause) {
        return new ChannelUnavailableException(
                Reason.PERMISSION,
                object + " may not be used by uid " + Account.effectiveUid(),
                "Run ecryptfsd as root, or give this user the right to read and write it",
                cause);
    }

    private static ChannelUnavailableException other(LinuxException cause) {
        return new ChannelUnavailableException(
                Reason.OTHER, cause.getMessage(), "Look at the kernel's log: dmesg", cause);
    }
}
