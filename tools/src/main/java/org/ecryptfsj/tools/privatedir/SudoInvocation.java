package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Runs this command again as root with sudo, if sudoers allows it without a password. */
final class SudoInvocation {
    private static final Path SUDO = Path.of("/usr/bin/sudo");

    private final List<String> command;

    /** @param name the command's name, for a process that the launcher did not start */
    SudoInvocation(String name, List<String> arguments) {
        command = new ArrayList<>();
        command.add(System.getProperty("ecryptfsj.command", "/usr/sbin/" + name));
        command.addAll(arguments);
    }

    /** Runs the command with sudo; empty if sudoers does not allow it. */
    OptionalInt run() throws IOException {
        if (!Files.isExecutable(SUDO) || Subprocess.run(Subprocess.silent(sudo("-l"))) != 0) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(Subprocess.run(new ProcessBuilder(sudo()).inheritIO()));
    }

    private List<String> sudo(String... options) {
        List<String> all = new ArrayList<>(List.of(SUDO.toString(), "-n"));
        all.addAll(List.of(options));
        all.add("--");
        all.addAll(command);
        return all;
    }
}
