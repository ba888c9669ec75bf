package org.ecryptfsj.manual;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.ecryptfsj.daemon.Ecryptfsd;
import org.ecryptfsj.daemon.control.Ecryptfsctl;
import org.ecryptfsj.tools.Commands;

/** The catalogue of all commands: the daemon's, the tools' and the shell scripts. */
public final class CommandCatalogue {
    private CommandCatalogue() {}

    /** All commands, by name. */
    static List<CommandEntry> all() {
        Stream<CommandEntry> daemon =
                Stream.of(Ecryptfsd.grammar(), Ecryptfsctl.grammar()).map(grammar -> new CommandEntry(grammar, false));
        Stream<CommandEntry> tools = Commands.names().stream()
                .map(name -> new CommandEntry(Commands.named(name).orElseThrow().grammar(), false));
        Stream<CommandEntry> scripts =
                ShellCommands.grammars().stream().map(grammar -> new CommandEntry(grammar, true));
        return Stream.of(daemon, tools, scripts)
                .flatMap(entries -> entries)
                .sorted(Comparator.comparing(CommandEntry::name))
                .toList();
    }

    /** The names of all commands, sorted. */
    public static List<String> names() {
        return all().stream().map(CommandEntry::name).toList();
    }

    /**
     * The output of a command's {@code --help}.
     *
     * @throws IllegalArgumentException if there is no such command
     */
    public static String helpOf(String name) {
        return named(name).help();
    }

    /**
     * The man page's path below the manual's directory, such as {@code man/man1/ecryptfs-stat.1}.
     *
     * @throws IllegalArgumentException if there is no such command
     */
    public static String pageOf(String name) {
        return page(name, named(name).section());
    }

    static String page(String name, int section) {
        return "man/man" + section + "/" + name + "." + section;
    }

    private static CommandEntry named(String name) {
        return all().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no grammar for " + name));
    }
}
