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
 * A passphrase tool's arguments. Options stand first; everything behind them is taken as it is, since a passphrase may begin
 * with a dash (docs/spec/tools.md, section 4).
 *
 * @param flags the options given
 * @param positionals the arguments
 */
record PositionalArguments(Set<String> flags, List<String> positionals) {
    /** Stands for standard input. */
    static final String STANDARD_INPUT = "-";

    private static final int FAILED = 1;

    /**
     * Reads the arguments, or prints help or the version.
     *
     * @param flags the options there are
     * @return empty if help or the version was printed
     */
    static Optional<PositionalArguments> of(CommandSpec grammar, List<String> arguments, Set<String> flags) throws ToolFailure {
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

    String get(int at) {
        return positionals.get(at);
    }

    /** Whether that argument is there and a dash. */
    boolean isDash(int at) {
        return at < positionals.size() && positionals.get(at).equals(STANDARD_INPUT);
    }

    /** The failure of arguments that do not fit: the C tools say so with their usage text. */
    static ToolFailure usageError(String usage) {
        return new ToolFailure(FAILED, "these arguments do not fit", "use it as " + usage);
    }
}
