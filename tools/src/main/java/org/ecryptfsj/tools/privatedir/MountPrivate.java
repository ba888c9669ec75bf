package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.Keyctl;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.MountTable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code mount.ecryptfs_private}: mounts a user's private directory with the keys in the user's keyring. */
public final class MountPrivate implements Command {
    private static final String NAME = "mount.ecryptfs_private";

    private final UserKeyring keyring = new UserKeyring();

    @Override
    public CommandSpec grammar() {
        return PrivateMountCommand.grammar(
                NAME,
                "Mounts your private directory. Its keys must be in your keyring; ecryptfs-mount-private adds them.");
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure {
        return new PrivateMountCommand(NAME, this::mount).run(grammar(), arguments);
    }

    private int mount(
            InvokingUser caller,
            PrivateMountArguments invocation,
            PrivateDirectory directory,
            MountAuthorization authority)
            throws IOException, ToolFailure {
        try (SessionCounter counter = SessionCounter.open(caller, directory.alias())) {
            Optional<SessionProcess> opener = counter.opener(caller.session());
            if (directory.isMounted()) {
                counter.increment(opener);
                return 0;
            }
            if (invocation.force()) {
                counter.reset();
            }
            requireFree(directory);
            requireKeys(directory);
            Keyctl.joinNewSession();
            keyring.linkIntoSession();
            authority.mount(directory, caller.user().uid());
            counter.increment(opener);
            return 0;
        }
    }

    private static void requireFree(PrivateDirectory directory) throws IOException, ToolFailure {
        String target = directory.target().toString();
        if (MountTable.mounted().ecryptfsAt(target).isPresent()) {
            throw new ToolFailure(
                    1,
                    target + " is already a mount point, of another directory or with other keys",
                    "unmount it first; see findmnt " + target);
        }
    }

    private void requireKeys(PrivateDirectory directory) throws IOException, ToolFailure {
        for (Signature signature : directory.signatures().all()) {
            if (!keyring.hasUsable(signature)) {
                throw new ToolFailure(
                        1,
                        "Signature not found in user keyring",
                        "Perhaps try the interactive 'ecryptfs-mount-private'");
            }
        }
    }
}
