package org.ecryptfsj.manual;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.ecryptfsj.daemon.Ecryptfsd;
import org.ecryptfsj.daemon.control.Ecryptfsctl;
import org.ecryptfsj.tools.Commands;

/** Every command there is, wherever its grammar comes from. */
public final class Catalogue {
    private Catalogue() {}

    /** All commands, by name. */
    static List<Entry> all() {
        Stream<Entry> daemon =
                Stream.of(Ecryptfsd.grammar(), Ecryptfsctl.grammar()).map(grammar -> new Entry(grammar, false));
        Stream<Entry> tools = Commands.names().stream()
                .map(name -> new Entry(Commands.named(name).get().grammar(), false));
        Stream<Entry> scripts = ShellCommands.grammars().stream().map(grammar -> new Entry(grammar, true));
        return Stream.of(daemon, tools, scripts)
                .flatMap(entries -> entries)
                .sorted(Comparator.comparing(Entry::name))
                .toList();
    }

    /** The names of all commands, sorted. */
    public static List<String> names() {
        return all().stream().map(Entry::name).toList();
    }

    /**
     * What that command's {@code --help} has to print.
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

    private static Entry named(String name) {
        return all().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no grammar for " + name));
    }
}
