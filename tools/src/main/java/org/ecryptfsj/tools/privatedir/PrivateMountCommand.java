package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.MountTable;
import picocli.CommandLine.Model.CommandSpec;

/** The common part of mounting and unmounting: arguments, user, private directory and permission. */
final class PrivateMountCommand {
    private static final int FAILED = 1;

    private final String command;
    private final Action action;

    /** The action of one of the two commands. */
    interface Action {
        /** @return the exit code */
        int run(
                InvokingUser user,
                PrivateMountArguments invocation,
                PrivateDirectory directory,
                MountAuthorization authority)
                throws IOException, ToolFailure;
    }

    PrivateMountCommand(String command, Action action) {
        this.command = command;
        this.action = action;
    }

    static CommandSpec grammar(String command, String description) {
        return Grammar.of(command, description)
                .addOption(Grammar.flag("Print the usage and exit", "-h"))
                .addOption(Grammar.flag("Force: the session counter is reset to 0", "-f"))
                .addOption(Grammar.flag("Exit code 0 even if other sessions remain open", "-d"))
                .addPositional(Grammar.argument(
                        "0",
                        false,
                        "ALIAS",
                        "Alias of the directory that ~/.ecryptfs/ALIAS.conf and ALIAS.sig describe (default:"
                                + " Private)"));
    }

    /** Runs the command. The exit code of every failure is 1, as in the C tools (docs/spec/mount.md, section 7). */
    int run(CommandSpec grammar, List<String> arguments) throws ToolFailure {
        if (arguments.equals(List.of("--version")) || arguments.equals(List.of("--help"))) {
            Grammar.parse(grammar, arguments);
            return 0;
        }
        try {
            return runChecked(arguments);
        } catch (IOException e) {
            throw new ToolFailure(FAILED, e.getMessage(), "see the kernel log: dmesg | tail");
        }
    }

    private int runChecked(List<String> arguments) throws IOException, ToolFailure {
        PrivateMountArguments invocation = PrivateMountArguments.of(command, arguments);
        if (invocation.help()) {
            System.out.print(usage());
            return 0;
        }
        InvokingUser user = InvokingUser.of(System.getenv());
        PrivateDirectory directory = PrivateDirectory.of(user.user(), invocation.alias());
        if (user.hasRoot()) {
            return action.run(user, invocation, directory, new MountAuthorization.Root());
        }
        Optional<MountAuthorization> fstab =
                MountAuthorization.ofFstab(directory, MountTable.read(MountAuthorization.Fstab.FILE));
        if (fstab.isPresent()) {
            return action.run(user, invocation, directory, fstab.get());
        }
        return new SudoInvocation(command, arguments).run().orElseThrow(() -> notPermitted(directory));
    }

    private String usage() {
        return command.startsWith("umount")
                ? "Usage: " + command
                        + " [-f] [-d] [ALIAS]\nUnmount the default private directory or ALIAS, if specified.\n\n"
                        + "  -h        display this help and exit\n"
                        + "  -f        forcibly unmount\n"
                        + "  -d        don't treat a non-zero session counter as an error\n"
                : "Usage: " + command + " [ALIAS]\nMount the default private directory or ALIAS, if specified.\n\n"
                        + "  -h        display this help and exit\n";
    }

    private static ToolFailure notPermitted(PrivateDirectory directory) {
        return new ToolFailure(
                FAILED,
                "only root can mount " + directory.target() + "; the administrator has not allowed this user to do it",
                "ask root to do one of these, then try again:\n"
                        + "  for all users, with sudo:  ecryptfs-setup-private --sudoers\n"
                        + "  for this directory only, add this line to /etc/fstab:\n"
                        + directory.fstabLine());
    }
}
