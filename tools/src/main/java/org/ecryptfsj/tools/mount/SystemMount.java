package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.ToolFailure;

/** The mount itself, which mount(8) does. */
final class SystemMount {
    private static final String MOUNT = "/bin/mount";

    private SystemMount() {}

    /**
     * Mounts.
     *
     * @throws ToolFailure EPERM if mount(8) fails, or a user may not mount there
     */
    static void run(Path lower, Path target, List<String> options, List<Signature> signatures)
            throws IOException, ToolFailure {
        List<String> command = Account.effectiveUid() == 0
                ? List.of(
                        MOUNT,
                        "-i",
                        "--no-canonicalize",
                        "-t",
                        "ecryptfs",
                        lower.toString(),
                        target.toString(),
                        "-o",
                        String.join(",", options))
                : List.of(MOUNT, "-i", fstabLine(lower, target, options, signatures));
        System.out.flush();
        int code = await(new ProcessBuilder(command).inheritIO().start());
        if (code != 0) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "Error mounting eCryptfs: " + MOUNT + " ended with " + code,
                    "see the line above, and the kernel's own words: dmesg | tail");
        }
    }

    /** An unprivileged user mounts what the administrator allowed: a line of fstab with this key. */
    private static String fstabLine(Path lower, Path target, List<String> options, List<Signature> signatures)
            throws IOException, ToolFailure {
        Set<String> allowed = MountTable.read(Path.of("/etc/fstab"))
                .ecryptfsAt(target.toString())
                .map(e -> Set.copyOf(e.options()))
                .orElse(Set.of());
        for (Signature signature : signatures) {
            if (!allowed.contains("ecryptfs_sig=" + signature)) {
                throw new ToolFailure(
                        ToolFailure.EPERM,
                        "only root may mount " + target + ", unless /etc/fstab allows it for this key",
                        "have root add this line to /etc/fstab:\n" + lower + " " + target + " ecryptfs user,noauto,"
                                + String.join(",", options) + " 0 0");
            }
        }
        return target.toString();
    }

    static int await(Process process) throws IOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException(
                    "interrupted while waiting for " + process.info().command().orElse("a command"), e);
        }
    }
}
