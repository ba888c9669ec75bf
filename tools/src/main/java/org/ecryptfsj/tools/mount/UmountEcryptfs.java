package org.ecryptfsj.tools.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.CommandVersion;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code umount.ecryptfs}: the helper that umount(8) calls for an eCryptfs mount. Unmounts and removes the mount's
 * keys from the user keyring if the mount has ecryptfs_unlink_sigs and no other mount needs them (docs/spec/mount.md,
 * section 6).
 */
public final class UmountEcryptfs implements Command {
    private static final String NAME = "umount.ecryptfs";
    private static final String SYSTEM_UMOUNT = "/bin/umount";
    private static final String USAGE = "\teCryptfs umount helper\n\tusage: umount [ecryptfs mount point]\n";

    private final UserKeyring keyring = new UserKeyring();

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "The helper that umount(8) calls for file systems of type ecryptfs: unmounts, and removes the"
                        + " mount's keys from your keyring unless another mount needs them.");
        spec.usageMessage().customSynopsis("umount [-flnrv] MOUNT-POINT");
        Grammar.exitCodes(spec, "0", "unmounted", "234", "no mount point was given", "other", "exit code of umount(8)");
        return spec.addPositional(Grammar.argument("0", true, "MOUNT-POINT", "Path of the mount point"))
                .addOption(Grammar.flag("Options of umount(8)", "-f", "-l", "-n", "-r", "-v"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            Grammar.parse(grammar(), List.of("--help"));
            return 0;
        }
        if (arguments.contains("--version") || arguments.contains("-V")) {
            System.out.println(CommandVersion.of(NAME));
            return 0;
        }
        if (arguments.isEmpty()) {
            System.err.print(USAGE);
            return ToolFailure.EINVAL;
        }
        Set<String> signatures = signatures(MountTable.mounted(), arguments);
        List<String> command = new ArrayList<>(List.of(SYSTEM_UMOUNT, "-i"));
        command.addAll(arguments);
        int code = SystemMount.await(
                new ProcessBuilder(ByteText.command(command)).inheritIO().start());
        if (code == 0) {
            unlinkUnused(signatures);
        }
        return code;
    }

    /** The signatures of the mounts that the arguments name, with or without symbolic links. */
    private static Set<String> signatures(MountTable table, List<String> arguments) throws IOException {
        Set<String> signatures = new LinkedHashSet<>();
        for (String argument : arguments) {
            Optional<MountTable.Entry> entry = table.ecryptfsAt(argument);
            if (entry.isEmpty() && Files.exists(ByteText.path(argument))) {
                entry = table.ecryptfsAt(ByteText.of(ByteText.path(argument).toRealPath()));
            }
            entry.filter(e -> e.options().contains("ecryptfs_unlink_sigs")).ifPresent(e -> {
                signatures.addAll(e.values("ecryptfs_sig"));
                signatures.addAll(e.values("ecryptfs_fnek_sig"));
            });
        }
        return signatures;
    }

    /** The directory is already unmounted; a key that cannot be removed causes a warning only. */
    private void unlinkUnused(Set<String> signatures) throws IOException {
        for (MountTable.Entry other : MountTable.mounted().ecryptfs()) {
            signatures.removeAll(other.values("ecryptfs_sig"));
            signatures.removeAll(other.values("ecryptfs_fnek_sig"));
        }
        for (String signature : signatures) {
            try {
                keyring.unlink(new Signature(signature));
            } catch (LinuxException e) {
                System.err.println(
                        "Failed to remove the key with sig [" + signature + "] from keyring: " + e.getMessage());
                System.err.println("Please use `keyctl unlink` if you wish to remove the key(s).");
            }
        }
    }
}
