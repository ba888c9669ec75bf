package org.ecryptfsj.manual;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Writes the man pages, help texts and completion scripts of all commands to a directory. Run by the build. */
public final class ManualGenerator {
    private final Path directory;

    private ManualGenerator(Path directory) {
        this.directory = directory;
    }

    /** Writes all files.
     *
     * @param arguments the directory, the version and the build's timestamp, whose date is the date of the pages
     */
    public static void main(String[] arguments) throws IOException {
        new ManualGenerator(Path.of(arguments[0])).write(new ManPage(arguments[1], arguments[2].substring(0, 10)));
    }

    private void write(ManPage pages) throws IOException {
        List<CommandEntry> all = CommandCatalogue.all();
        for (CommandEntry entry : all) {
            file(CommandCatalogue.page(entry.name(), entry.section()), pages.of(entry));
            file("completion/zsh/_" + entry.name(), ZshCompletion.of(entry.grammar()));
            if (entry.isShellScript()) {
                file("help/" + entry.name() + ".txt", entry.help());
            }
            file("completion/bash/" + entry.name(), bash(entry));
        }
        file(CommandCatalogue.page("ecryptfsj", 7), pages.overview(all));
    }

    /**
     * Picocli's completion script. Removes its completion of NAME.sh and NAME.bash, which do not exist. Picocli derives shell names from argument labels, so arguments whose label is a sign, such as a dash, are removed before.
     */
    private static String bash(CommandEntry entry) {
        CommandSpec grammar = entry.grammar();
        List.copyOf(grammar.positionalParameters()).stream()
                .filter(argument -> argument.paramLabel().chars().noneMatch(Character::isLetter))
                .forEach(grammar::remove);
        return AutoComplete.bash(entry.name(), new CommandLine(grammar))
                .replaceAll("(?m)^(complete -F .*? (\\S+)) \\2\\.sh \\2\\.bash$", "$1");
    }

    private void file(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
