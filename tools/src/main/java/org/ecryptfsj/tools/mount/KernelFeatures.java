package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.kernel.EcryptfsVersion.Feature;
import org.ecryptfsj.tools.command.ToolFailure;

/** The features of the running kernel's eCryptfs (docs/spec/mount.md, section 2, step 4). */
final class KernelFeatures {
    private static final Path FILE_SYSTEMS = Path.of("/proc/filesystems");

    /** Message of the C helper. */
    private static final String VERSION_UNKNOWN =
            """

            Unable to get the version number of the kernel
            module. Please make sure that you have the eCryptfs
            kernel module loaded, you have sysfs mounted, and
            the sysfs mount point is in /etc/mtab. This is
            necessary so that the mount helper knows which\s
            kernel options are supported.

            Make sure that your system is set up to auto-load
            your filesystem kernel module on mount.

            Enabling passphrase-mode only for now.

            """;

    private KernelFeatures() {}

    /**
     * The features, after one attempt to load the kernel module.
     *
     * @throws ToolFailure if the kernel has no eCryptfs
     */
    static EcryptfsVersion current() throws ToolFailure, IOException {
        return fromVersion(EcryptfsVersion.current(), FILE_SYSTEMS);
    }

    /** A kernel with eCryptfs that does not show its version, such as without sysfs, supports at least passphrases. */
    static EcryptfsVersion fromVersion(Optional<EcryptfsVersion> version, Path fileSystems)
            throws ToolFailure, IOException {
        if (version.isPresent()) {
            return version.get();
        }
        if (!Files.exists(fileSystems)
                || Files.readAllLines(fileSystems, StandardCharsets.ISO_8859_1).stream()
                        .noneMatch(line -> line.strip().equals("nodev\tecryptfs"))) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "Unable to get the version number of the kernel module: the running kernel has no eCryptfs, and"
                            + " \"modprobe ecryptfs\" did not load it",
                    "run modprobe ecryptfs to see the reason, or boot a kernel with eCryptfs, such as a"
                            + " distribution's stock kernel");
        }
        System.err.print(VERSION_UNKNOWN);
        return new EcryptfsVersion(Feature.PASSPHRASE.bit());
    }
}
