package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.Cipher;

/** Runs mount(8), which makes the mount. */
final class SystemMount {
    private static final String MOUNT = "/bin/mount";
    private static final Path FSTAB = Path.of("/etc/fstab");
    private static final String CIPHER = "ecryptfs_cipher=";

    private SystemMount() {}

    /**
     * The mount(8) command.
     *
     * @param options all options of the mount
     * @param decided the options that an fstab line must contain
     * @throws ToolFailure EPERM if the user has no permission for this mount
     */
    static List<String> command(MountArguments call, MountPaths paths, List<String> options, List<String> decided)
            throws IOException, ToolFailure {
        List<String> command = new ArrayList<>(List.of(MOUNT, "-i"));
        command.addAll(call.flags());
        if (Account.effectiveUid() == 0) {
            command.addAll(List.of("--no-canonicalize", "-t", "ecryptfs"));
            command.addAll(List.of(ByteText.of(paths.lower()), ByteText.of(paths.target())));
            command.addAll(List.of("-o", String.join(",", options)));
        } else {
            requireFstabLine(
                    Files.exists(FSTAB) ? MountTable.read(FSTAB) : MountTable.parse(List.of()), paths, decided);
            command.add(ByteText.of(paths.target()));
        }
        return command;
    }

    /**
     * For an unprivileged user mount(8) takes all options from a line of fstab, so the line must contain the decided
     * options. mount(8) itself checks that the line has the option user.
     */
    static void requireFstabLine(MountTable fstab, MountPaths paths, List<String> decided) throws ToolFailure {
        Optional<MountTable.Entry> line = fstab.ecryptfsAt(ByteText.of(paths.target()));
        boolean fits = line.isPresent()
                && line.get().source().equals(ByteText.of(paths.lower()))
                && decided.stream()
                        .filter(o -> !o.equals("ecryptfs_unlink_sigs"))
                        .allMatch(line.get().options()::contains);
        if (!fits) {
            throw new ToolFailure(
                    ToolFailure.EPERM,
                    "only root can mount " + paths.target() + " unless /etc/fstab has a line for this mount and key",
                    "ask root to add this line to /etc/fstab:\n" + paths.lower() + " " + paths.target()
                            + " ecryptfs user,noauto," + String.join(",", decided) + " 0 0");
        }
    }

    /** Runs the command.
     *
     * @throws ToolFailure EPERM if mount(8) fails
     */
    static void run(List<String> command, List<String> options) throws IOException, ToolFailure {
        System.out.flush();
        int code =
                await(new ProcessBuilder(ByteText.command(command)).inheritIO().start());
        if (code != 0) {
            throw failed(code, options);
        }
    }

    /** The kernel loads the module of a cipher during the mount: a cipher that is still not loaded is not available. */
    private static ToolFailure failed(int code, List<String> options) throws IOException {
        Optional<String> cipher = options.stream()
                .filter(o -> o.startsWith(CIPHER))
                .map(o -> o.substring(CIPHER.length()))
                .findFirst();
        if (cipher.isPresent() && !Cipher.loaded().contains(cipher.get())) {
            return new ToolFailure(
                    ToolFailure.EPERM,
                    "the running kernel has no cipher " + cipher.get() + ", built in or as a module",
                    "use another ecryptfs_cipher, such as aes, or install the kernel module of the cipher");
        }
        return new ToolFailure(
                ToolFailure.EPERM,
                MOUNT + " failed with exit code " + code,
                "see the line above and the kernel log: dmesg | tail");
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
