package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TemporaryPrivilege;
import org.ecryptfsj.linux.WorkingDirectory;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.MountTable;

/** By what right a user mounts and unmounts. */
sealed interface MountAuthorization {
    /** Mounts; everything the user could have prepared has been checked, but what only the mount point itself can tell. */
    void mount(PrivateDirectory directory, int uid) throws IOException, ToolFailure;

    /** Unmounts what the mount table names. */
    void unmount(PrivateDirectory directory, int uid) throws IOException, ToolFailure;

    /** A line of fstab for exactly this directory, if there is one: then mount(8) and umount(8), which are setuid, may. */
    static Optional<MountAuthorization> ofFstab(PrivateDirectory directory, MountTable fstab) {
        List<MountTable.Entry> there = fstab.ecryptfs().stream()
                .filter(line -> line.target().equals(directory.target().toString()))
                .toList();
        return there.size() == 1
                        && directory.matches(there.get(0))
                        && (there.get(0).options().contains("user")
                                || there.get(0).options().contains("users"))
                ? Optional.of(new Fstab())
                : Optional.empty();
    }

    /** Root's rights, borrowed for one system call. */
    record Root() implements MountAuthorization {
        @Override
        public void mount(PrivateDirectory directory, int uid) throws IOException, ToolFailure {
            enter(directory.target());
            long kind = WorkingDirectory.fileSystem();
            if (!MountableFileSystems.mayHoldMountPoint(kind)) {
                throw unapproved(directory, kind);
            }
            requireOwner(uid);
            try {
                TemporaryPrivilege.lend(
                        () -> WorkingDirectory.mount(directory.source(), "ecryptfs", directory.options()));
            } catch (LinuxException e) {
                throw new ToolFailure(
                        1,
                        "Error mounting eCryptfs: " + e.getMessage(),
                        e.errno() == Errno.ENODEV
                                ? "have root load the kernel's part: modprobe ecryptfs"
                                : directory.source()
                                        + " must be a directory of your own; the kernel says more: dmesg | tail");
            }
        }

        @Override
        public void unmount(PrivateDirectory directory, int uid) throws IOException, ToolFailure {
            enter(directory.target());
            requireOwner(uid);
            if (!WorkingDirectory.path().equals(directory.target())
                    || WorkingDirectory.fileSystem() != MountableFileSystems.ECRYPTFS) {
                throw new ToolFailure(1, directory.target() + " is not the mount point itself", "see /proc/mounts");
            }
            TemporaryPrivilege.lend(() -> WorkingDirectory.detach());
        }

        static ToolFailure unapproved(PrivateDirectory directory, long kind) {
            String hexadecimal = "0x" + Long.toHexString(kind);
            String elsewhere = directory.alias().isPrivate()
                    ? "name another mount point in ~/.ecryptfs/Private.mnt"
                    : "name another mount point in ~/.ecryptfs/"
                            + directory.alias().name() + ".conf";
            return MountableFileSystems.administratorMayAllow(kind)
                    .map(name -> new ToolFailure(
                            1,
                            "Refusing to mount over an unapproved filesystem type: " + hexadecimal + " (" + name
                                    + ") of " + directory.target(),
                            "have root add this line to /etc/fstab, then try again: " + directory.fstabLine() + "; or "
                                    + elsewhere))
                    .orElseGet(() -> new ToolFailure(
                            1,
                            "Refusing to mount over an unapproved filesystem type: " + hexadecimal + " of "
                                    + directory.target(),
                            elsewhere + ", a directory of your own on a disk"));
        }

        /** From then on it is that directory, whatever becomes of its name. */
        private static void enter(Path target) throws ToolFailure {
            try {
                WorkingDirectory.enter(target);
            } catch (LinuxException e) {
                throw new ToolFailure(
                        1, "the mount point cannot be entered: " + e.getMessage(), "make it: mkdir " + target);
            }
        }

        private static void requireOwner(int uid) throws IOException, ToolFailure {
            if (WorkingDirectory.owner() != uid) {
                throw new ToolFailure(1, "You do not own that encrypted directory", "choose one of your own");
            }
        }
    }

    /** The administrator's line in fstab. */
    record Fstab() implements MountAuthorization {
        static final Path FILE = Path.of("/etc/fstab");

        @Override
        public void mount(PrivateDirectory directory, int uid) throws IOException, ToolFailure {
            call("/bin/mount", directory);
        }

        @Override
        public void unmount(PrivateDirectory directory, int uid) throws IOException, ToolFailure {
            call("/bin/umount", directory);
        }

        private static void call(String program, PrivateDirectory directory) throws IOException, ToolFailure {
            int code = Subprocess.run(
                    new ProcessBuilder(program, "-i", directory.target().toString()).inheritIO());
            if (code != 0) {
                throw new ToolFailure(
                        1, program + " -i " + directory.target() + " ended with " + code, "see the line above");
            }
        }
    }
}
