package org.ecryptfsj.tools.privatedir;

import java.util.ArrayList;
import java.util.List;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The arguments, in the syntax of the C tools: options in any place, one alias (docs/spec/mount.md, section 7).
 *
 * @param force {@code -f}: reset the session counter
 * @param quiet {@code -d}: exit 0 even if other sessions remain open
 */
record PrivateMountArguments(boolean help, boolean force, boolean quiet, DirectoryAlias alias) {
    static PrivateMountArguments of(String command, List<String> arguments) throws ToolFailure {
        boolean help = false;
        boolean force = false;
        boolean quiet = false;
        List<String> names = new ArrayList<>();
        for (String argument : arguments) {
            switch (argument) {
                case "-h", "--help" -> help = true;
                case "-f" -> force = true;
                case "-d" -> quiet = true;
                default -> names.add(argument);
            }
        }
        if (names.size() > 1 || names.stream().anyMatch(n -> n.startsWith("-"))) {
            throw new ToolFailure(1, "wrong arguments: " + String.join(" ", arguments), "see " + command + " -h");
        }
        return new PrivateMountArguments(
                help, force, quiet, names.isEmpty() ? DirectoryAlias.DEFAULT : DirectoryAlias.of(names.get(0)));
    }
}
