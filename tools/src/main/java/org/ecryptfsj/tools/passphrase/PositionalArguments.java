package org.ecryptfsj.tools.passphrase;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The arguments of a passphrase command. Options come first. Everything after them is positional, because a passphrase
 * can begin with a dash (docs/spec/tools.md, section 4).
 *
 * @param flags the given options
 * @param positionals the positional arguments
 */
record PositionalArguments(Set<String> flags, List<String> positionals) {
    /** Argument that means standard input. */
    static final String STANDARD_INPUT = "-";

    private static final int FAILED = 1;

    /**
     * Parses the arguments, or prints the help text or the version.
     *
     * @param flags the known options
     * @return empty if help or the version was printed
     */
    static Optional<PositionalArguments> of(CommandSpec grammar, List<String> arguments, Set<String> flags)
            throws ToolFailure {
        if (arguments.equals(List.of("--help")) || arguments.equals(List.of("--version"))) {
            Grammar.parse(grammar, arguments);
            return Optional.empty();
        }
        Set<String> given = new LinkedHashSet<>();
        List<String> rest = new ArrayList<>(arguments);
        while (!rest.isEmpty() && flags.contains(rest.get(0))) {
            given.add(rest.remove(0));
        }
        return Optional.of(new PositionalArguments(given, List.copyOf(rest)));
    }

    boolean has(String flag) {
        return flags.contains(flag);
    }

    int count() {
        return positionals.size();
    }

    String get(int index) {
        return positionals.get(index);
    }

    /** Whether this argument exists and is a dash. */
    boolean isDash(int index) {
        return index < positionals.size() && positionals.get(index).equals(STANDARD_INPUT);
    }

    /** The failure for wrong arguments, with the usage line. */
    static ToolFailure usageError(String usage) {
        return new ToolFailure(FAILED, "wrong number of arguments", "usage: " + usage);
    }
}
