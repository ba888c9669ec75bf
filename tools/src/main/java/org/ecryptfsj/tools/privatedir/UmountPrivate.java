package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.util.List;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;

/** {@code umount.ecryptfs_private}: unmounts a user's private directory when the last session ends. */
public final class UmountPrivate implements Command {
    private static final String NAME = "umount.ecryptfs_private";

    private final UserKeyring keyring = new UserKeyring();

    @Override
    public CommandSpec grammar() {
        return PrivateMountCommand.grammar(
                NAME,
                "Unmounts your private directory if no other session uses it, and removes its keys from your keyring.");
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure {
        return new PrivateMountCommand(NAME, this::unmount).run(grammar(), arguments);
    }

    private int unmount(
            InvokingUser caller,
            PrivateMountArguments invocation,
            PrivateDirectory directory,
            MountAuthorization authority)
            throws IOException, ToolFailure {
        try (SessionCounter counter = SessionCounter.open(caller, directory.alias())) {
            if (invocation.force()) {
                counter.reset();
            } else if (counter.decrement(caller.session()) > 0) {
                System.out.println("Sessions still open, not unmounting");
                return invocation.quiet() ? 0 : 1;
            }
            if (!directory.isMounted()) {
                throw new ToolFailure(
                        1,
                        directory.target() + " is not a mount of " + directory.source() + " with the configured keys",
                        "list the mounts: findmnt -t ecryptfs");
            }
            authority.unmount(directory, caller.user().uid());
            for (Signature signature : directory.signatures().all()) {
                keyring.unlink(signature);
            }
            return 0;
        }
    }
}
