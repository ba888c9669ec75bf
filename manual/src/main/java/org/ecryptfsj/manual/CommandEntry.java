package org.ecryptfsj.manual;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** A command in the manual.
 *
 * @param grammar the source of its documentation
 * @param isShellScript whether its help text is written to a file, because a shell script has no parser that prints it
 */
record CommandEntry(CommandSpec grammar, boolean isShellScript) {
    /** Commands of section 8: for root, or run by other programs. ecryptfs-utils uses the same section. */
    private static final List<String> SECTION_8_COMMANDS = List.of(
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
        return name().startsWith("mount.") || name().startsWith("umount.") || SECTION_8_COMMANDS.contains(name())
                ? 8
                : 1;
    }

    /** The first sentence of the description, in the format of the NAME section of a man page. */
    String summary() {
        String first = String.join(" ", description()).split("\\.( |$)", 2)[0];
        return first.isEmpty() ? first : Character.toLowerCase(first.charAt(0)) + first.substring(1);
    }

    /** The printed lines of the description. */
    List<String> description() {
        return formatted(grammar.usageMessage().description());
    }

    /** The printed lines of the text after the options. */
    List<String> footer() {
        return formatted(grammar.usageMessage().footer());
    }

    /** The output of {@code --help}. */
    String help() {
        return new CommandLine(grammar).getUsageMessage(CommandLine.Help.Ansi.OFF);
    }

    /** Formats lines as picocli does, which uses them as format strings. */
    static List<String> formatted(String... lines) {
        return Arrays.stream(lines)
                .flatMap(line ->
                        line.isEmpty() ? Stream.of(line) : String.format(line).lines())
                .toList();
    }
}
