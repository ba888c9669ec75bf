package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TemporaryPrivilege;
import org.ecryptfsj.linux.WorkingDirectory;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.mount.MountTable;

/** The permission with which a user mounts and unmounts a private directory. */
sealed interface MountAuthorization {
    /** Mounts. The caller has checked the user's files; this checks the mount point itself. */
    void mount(PrivateDirectory directory, int uid) throws IOException, ToolFailure;

    /** Unmounts the directory, which is in the mount table. */
    void unmount(PrivateDirectory directory, int uid) throws IOException, ToolFailure;

    /**
     * The permission by a line of fstab for exactly this directory: mount(8) and umount(8), which are setuid, then do
     * the work.
     */
    static Optional<MountAuthorization> ofFstab(PrivateDirectory directory, MountTable fstab) {
        List<MountTable.Entry> lines = fstab.ecryptfs().stream()
                .filter(line -> line.target().equals(directory.target().toString()))
                .toList();
        return lines.size() == 1
                        && directory.matches(lines.get(0))
                        && (lines.get(0).options().contains("user")
                                || lines.get(0).options().contains("users"))
                ? Optional.of(new Fstab())
                : Optional.empty();
    }

    /** The permission by root privileges, which are raised for one system call. */
    record Root() implements MountAuthorization {
        private static final Path PARENT = Path.of("..");

        @Override
        public void mount(PrivateDirectory directory, int uid) throws IOException, ToolFailure {
            enter(directory.target());
            long kind = WorkingDirectory.fileSystem();
            if (!MountableFileSystems.mayHoldMountPoint(kind)) {
                throw unapproved(directory, kind);
            }
            requireOwner(uid);
            try {
                TemporaryPrivilege.runAsRoot(
                        () -> WorkingDirectory.mount(directory.source(), "ecryptfs", directory.options()));
            } catch (LinuxException e) {
                throw new ToolFailure(
                        1,
                        "Error mounting eCryptfs: " + e.getMessage(),
                        e.errno() == Errno.ENODEV
                                ? "ask root to load the kernel module: modprobe ecryptfs"
                                : directory.source()
                                        + " must be a directory that you own; see the kernel log: dmesg | tail");
            }
        }

        @Override
        public void unmount(PrivateDirectory directory, int uid) throws IOException, ToolFailure {
            enterMounted(directory, uid);
            try {
                // This process must not use it either.
                WorkingDirectory.enter(PARENT);
                TemporaryPrivilege.runAsRoot(
                        () -> WorkingDirectory.unmountIn(directory.target().getFileName()));
            } catch (LinuxException e) {
                if (e.errno() != Errno.EBUSY && e.errno() != Errno.EACCES) {
                    throw e;
                }
                enterMounted(directory, uid);
                System.err.println("warning: " + directory.target() + " is in use by " + users(directory)
                        + ": it is unmounted when they end");
                TemporaryPrivilege.runAsRoot(() -> WorkingDirectory.detach());
            }
        }

        /** Processes that this user may not look at are not named. */
        private static String users(PrivateDirectory directory) throws IOException {
            Machine machine = Machine.running();
            int self = (int) ProcessHandle.current().pid();
            String names = machine.processes().stream()
                    .filter(process -> process.pid() != self
                            && machine.uses(process, directory.target().toString()))
                    .map(process -> process.name() + " (" + process.pid() + ")")
                    .collect(Collectors.joining(", "));
            return names.isEmpty() ? "processes of other users" : names;
        }

        private static void enterMounted(PrivateDirectory directory, int uid) throws IOException, ToolFailure {
            enter(directory.target());
            requireOwner(uid);
            if (!WorkingDirectory.path().equals(directory.target())
                    || WorkingDirectory.fileSystem() != MountableFileSystems.ECRYPTFS) {
                throw new ToolFailure(
                        1,
                        directory.target() + " is not the mount point itself",
                        "check the mount point in /proc/mounts");
            }
        }

        static ToolFailure unapproved(PrivateDirectory directory, long kind) {
            String hexadecimal = "0x" + Long.toHexString(kind);
            String elsewhere = directory.alias().isDefault()
                    ? "set another mount point in ~/.ecryptfs/Private.mnt"
                    : "set another mount point in ~/.ecryptfs/"
                            + directory.alias().name() + ".conf";
            return MountableFileSystems.administratorMayAllow(kind)
                    .map(name -> new ToolFailure(
                            1,
                            "Refusing to mount over an unapproved filesystem type: " + hexadecimal + " (" + name
                                    + ") of " + directory.target(),
                            "ask root to add this line to /etc/fstab, then try again: " + directory.fstabLine()
                                    + "; or "
                                    + elsewhere))
                    .orElseGet(() -> new ToolFailure(
                            1,
                            "Refusing to mount over an unapproved filesystem type: " + hexadecimal + " of "
                                    + directory.target(),
                            elsewhere + ", a directory that you own on a disk"));
        }

        /** Enters the directory. From then on it is the working directory, even if its name is exchanged. */
        private static void enter(Path target) throws ToolFailure {
            try {
                WorkingDirectory.enter(target);
            } catch (LinuxException e) {
                throw new ToolFailure(
                        1, "cannot enter the mount point: " + e.getMessage(), "create it: mkdir " + target);
            }
        }

        private static void requireOwner(int uid) throws IOException, ToolFailure {
            if (WorkingDirectory.owner() != uid) {
                throw new ToolFailure(1, "You do not own that encrypted directory", "choose a directory that you own");
            }
        }
    }

    /** The permission by a line in fstab. */
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
                        1,
                        program + " -i " + directory.target() + " failed with exit code " + code,
                        "see the line above");
            }
        }
    }
}
