package org.ecryptfsj.manual;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * One command in the manual.
 *
 * @param grammar the source of everything said about it
 * @param isShellScript whether its help text has to be written to a file, because it has no parser to print one
 */
record Entry(CommandSpec grammar, boolean isShellScript) {
    /** What only root runs, or other programs on a user's behalf; ecryptfs-utils' manual has them there too. */
    private static final List<String> FOR_ADMINISTRATORS = List.of(
            "ecryptfsd",
            "ecryptfs-manager",
            "ecryptfs-migrate-home",
            "ecryptfs-pam",
            "ecryptfs-recover-private",
            "ecryptfs-setup-swap");

    String name() {
        return grammar.name();
    }

    /** The section of the manual. */
    int section() {
        return name().startsWith("mount.") || name().startsWith("umount.") || FOR_ADMINISTRATORS.contains(name())
                ? 8
                : 1;
    }

    /** What it does, in one line: the first sentence of its description, in the form a man page's NAME wants. */
    String summary() {
        String first = String.join(" ", description()).split("\\.( |$)", 2)[0];
        return first.isEmpty() ? first : Character.toLowerCase(first.charAt(0)) + first.substring(1);
    }

    /** The description's lines, as they are printed. */
    List<String> description() {
        return formatted(grammar.usageMessage().description());
    }

    /** The text after the options, as it is printed. */
    List<String> footer() {
        return formatted(grammar.usageMessage().footer());
    }

    /** What {@code --help} prints. */
    String help() {
        return new CommandLine(grammar).getUsageMessage(CommandLine.Help.Ansi.OFF);
    }

    /** Picocli takes such lines for format strings. */
    static List<String> formatted(String... lines) {
        return Arrays.stream(lines)
                .flatMap(line ->
                        line.isEmpty() ? Stream.of(line) : String.format(line).lines())
                .toList();
    }
}
