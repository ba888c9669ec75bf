package org.ecryptfsj.tools.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** A machine made of files: in order, with a TPM, a daemon and a mount at boot. Tests break it. */
public final class FakeMachine {
    /** The key that the boot configuration names. */
    public static final String UUID = "0123456789abcdef0123456789abcdef";

    /** The daemon's process. */
    public static final int DAEMON = 200;

    /** That of tcsd. */
    public static final int TCSD = 100;

    private static final String MODULES = "/lib/modules/6.1.0-1-amd64/modules.dep";

    private final Path root;

    /** An empty one there. */
    public FakeMachine(Path root) {
        this.root = root;
    }

    /** One that is in order. */
    public static FakeMachine inOrder(Path root) {
        FakeMachine tree = new FakeMachine(root);
        tree.file(
                        "/etc/passwd",
                        "root:x:0:0::/root:/bin/sh\ntss:x:" + owner(root) + ":" + owner(root) + "::/:/bin/false\n"
                                + "alice:x:1000:1000::/home/alice:/bin/sh\n")
                .file("/etc/group", "tss:x:" + group(root) + ":\n")
                .file("/proc/sys/kernel/osrelease", "6.1.0-1-amd64\n")
                .file("/proc/sys/fs/protected_symlinks", "1\n")
                .file("/proc/sys/fs/protected_hardlinks", "1\n")
                .file("/proc/sys/fs/protected_fifos", "1\n")
                .file("/proc/sys/fs/protected_regular", "2\n")
                .file("/proc/sys/fs/suid_dumpable", "0\n")
                .file("/proc/sys/kernel/core_pattern", "core\n")
                .file("/proc/sys/kernel/yama/ptrace_scope", "1\n")
                .file("/proc/key-users", "    0:    5 4/4 4/1000000 90/25000000\n")
                .file("/proc/swaps", "Filename Type Size Used Priority\n")
                .file("/proc/self/mounts", "/dev/vda / ext4 rw 0 0\n")
                .file(MODULES, "kernel/fs/ecryptfs/ecryptfs.ko: kernel/crypto/ecb.ko\n")
                .file("/sys/fs/ecryptfs/version", "375\n")
                .file("/etc/modprobe.d/ecryptfsj.conf", "options ecryptfs ecryptfs_message_wait_timeout=60\n")
                .withModprobe()
                .file("/dev/ecryptfs", "")
                .mode("/dev/ecryptfs", "rw-------")
                .process(DAEMON, "java", "java -cp x org.ecryptfsj.daemon.Ecryptfsd -f", 'S')
                .link("/proc/" + DAEMON + "/fd/7", "/dev/ecryptfs")
                .file("/run/ecryptfsd.pid", String.valueOf(DAEMON))
                .file("/sys/class/tpm/tpm0/enabled", "1\n")
                .file("/sys/class/tpm/tpm0/active", "1\n")
                .file("/sys/class/tpm/tpm0/owned", "1\n")
                .file("/dev/tpm0", "")
                .file("/usr/sbin/tcsd", "")
                .process(TCSD, "tcsd", "/usr/sbin/tcsd -f", 'S')
                .file("/etc/tcsd.conf", "")
                .mode("/etc/tcsd.conf", "rw-r-----")
                .file("/var/lib/tpm/system.data", "keys")
                .mode("/var/lib/tpm/system.data", "rw-------")
                .file("/lib/ecryptfsj/launch", "")
                .mode("/lib/ecryptfsj/launch", "rwxr-xr-x")
                .link("/sbin/mount.ecryptfs", "../lib/ecryptfsj/launch")
                .directory("/lower")
                .directory("/secret")
                .file(
                        "/etc/default/ecryptfs-tpm-mount",
                        "TSPI_UUID=" + UUID + "\nSRC_PATH=\"/lower\"\nMOUNT_POINT=/secret\nMOUNT_OPTIONS=x\n")
                .file("/usr/sbin/update-rc.d", "")
                .file("/etc/init.d/ecryptfs-tpm-mount", "")
                .link("/etc/rc2.d/S01ecryptfs-tpm-mount", "../init.d/ecryptfs-tpm-mount");
        return tree;
    }

    /** The modprobe that is installed here: what modprobe.d means is its to say. */
    public FakeMachine withModprobe() {
        return link(
                "/sbin/modprobe",
                Stream.of("/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe", "/usr/bin/modprobe")
                        .filter(path -> Files.isExecutable(Path.of(path)))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("these tests need modprobe (apt-get install kmod)")));
    }

    /** What reads it. */
    public Machine machine() {
        return new Machine(root);
    }

    /** Where a path of it is. */
    public Path at(String path) {
        return root.resolve(path.substring(1));
    }

    /** A file with that text, in place of what is there. */
    public FakeMachine file(String path, String text) {
        return doing(() -> {
            Files.createDirectories(at(path).getParent());
            Files.writeString(at(path), text, StandardCharsets.ISO_8859_1);
        });
    }

    /** A directory. */
    public FakeMachine directory(String path) {
        return doing(() -> Files.createDirectories(at(path)));
    }

    /** A symbolic link. */
    public FakeMachine link(String path, String target) {
        return doing(() -> {
            Files.createDirectories(at(path).getParent());
            Files.deleteIfExists(at(path));
            Files.createSymbolicLink(at(path), Path.of(target));
        });
    }

    /** A process, as /proc shows it. */
    public FakeMachine process(int pid, String name, String commandLine, char state) {
        return file("/proc/" + pid + "/comm", name + "\n")
                .file("/proc/" + pid + "/stat", pid + " (" + name + ") " + state + " 1 1 1\n")
                .file("/proc/" + pid + "/cmdline", commandLine.replace(' ', '\0') + "\0")
                .directory("/proc/" + pid + "/fd");
    }

    /** Other permissions. */
    public FakeMachine mode(String path, String permissions) {
        return doing(() -> Files.setPosixFilePermissions(at(path), PosixFilePermissions.fromString(permissions)));
    }

    /** Without that file. */
    public FakeMachine without(String path) {
        return doing(() -> Files.delete(at(path)));
    }

    /** Without that process. */
    public FakeMachine withoutProcess(int pid) {
        return without("/proc/" + pid + "/comm");
    }

    private static int owner(Path root) {
        return attribute(root, "unix:uid");
    }

    private static int group(Path root) {
        return attribute(root, "unix:gid");
    }

    private static int attribute(Path root, String name) {
        try {
            return (Integer) Files.getAttribute(root, name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FunctionalInterface
    private interface Change {
        void make() throws IOException;
    }

    private FakeMachine doing(Change change) {
        try {
            change.make();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
