package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.MountTable;
import picocli.CommandLine.Model.CommandSpec;

/** What mounting and unmounting have in common: who calls, what it is about, and by what right. */
final class PrivateSession {
    private static final int FAILED = 1;

    private final String command;
    private final Step step;

    /** The part of a command that is its own. */
    interface Step {
        /** @return the exit code */
        int run(Caller caller, Invocation invocation, PrivateDirectory directory, Authority authority)
                throws IOException, ToolFailure;
    }

    PrivateSession(String command, Step step) {
        this.command = command;
        this.step = step;
    }

    static CommandSpec grammar(String command, String description) {
        return Grammar.of(command, description)
                .addOption(Grammar.flag("Print how it is called and exit", "-h"))
                .addOption(Grammar.flag("Whatever the session counter says; it becomes 0", "-f"))
                .addOption(Grammar.flag("That other sessions are open is no failure", "-d"))
                .addPositional(Grammar.argument(
                        "0",
                        false,
                        "ALIAS",
                        "The directory that ~/.ecryptfs/ALIAS.conf and ALIAS.sig describe (default: Private)"));
    }

    /** The C tools know no other exit code than 1 for what fails (docs/spec/mount.md, section 7). */
    int run(CommandSpec grammar, List<String> arguments) throws ToolFailure {
        if (arguments.equals(List.of("--version")) || arguments.equals(List.of("--help"))) {
            Grammar.parse(grammar, arguments);
            return 0;
        }
        try {
            return act(arguments);
        } catch (IOException e) {
            throw new ToolFailure(FAILED, e.getMessage(), "see the kernel's own words: dmesg | tail");
        }
    }

    private int act(List<String> arguments) throws IOException, ToolFailure {
        Invocation invocation = Invocation.of(command, arguments);
        if (invocation.help()) {
            System.out.print(usage());
            return 0;
        }
        Caller caller = Caller.of(System.getenv());
        PrivateDirectory directory = PrivateDirectory.of(caller.user(), invocation.alias());
        if (caller.hasRoot()) {
            return step.run(caller, invocation, directory, new Authority.Root());
        }
        Optional<Authority> fstab = Authority.ofFstab(directory, MountTable.read(Authority.Fstab.FILE));
        if (fstab.isPresent()) {
            return step.run(caller, invocation, directory, fstab.get());
        }
        return new SudoRule(command, arguments).run().orElseThrow(() -> noRight(directory));
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

    private static ToolFailure noRight(PrivateDirectory directory) {
        return new ToolFailure(
                FAILED,
                "only root may mount " + directory.target()
                        + ", and the administrator has not allowed it to this user yet",
                "have root do one of these, then try again:\n"
                        + "  for all users, with sudo:  ecryptfs-setup-private --sudoers\n"
                        + "  for this directory only, this line in /etc/fstab:\n"
                        + directory.fstabLine());
    }
}
