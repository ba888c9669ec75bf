package org.ecryptfsj.manual;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Writes the manual and the completion scripts of all commands into a directory. Run by the build. */
public final class Manual {
    private final Path directory;

    private Manual(Path directory) {
        this.directory = directory;
    }

    /**
     * Writes everything.
     *
     * @param arguments the directory, the version, and the build's timestamp, whose date is the pages'
     */
    public static void main(String[] arguments) throws IOException {
        new Manual(Path.of(arguments[0])).write(new ManPage(arguments[1], arguments[2].substring(0, 10)));
    }

    private void write(ManPage pages) throws IOException {
        List<Entry> all = Catalogue.all();
        for (Entry entry : all) {
            file(Catalogue.page(entry.name(), entry.section()), pages.of(entry));
            file("completion/zsh/_" + entry.name(), ZshCompletion.of(entry.grammar()));
            if (entry.isShellScript()) {
                file("help/" + entry.name() + ".txt", entry.help());
            }
            file("completion/bash/" + entry.name(), bash(entry));
        }
        file(Catalogue.page("ecryptfsj", 7), pages.overview(all));
    }

    /**
     * Picocli's script completes NAME.sh and NAME.bash too, which are no commands. It makes names of the arguments'
     * labels, so an argument that is a mere sign, of which there is nothing to complete, is taken out before.
     */
    private static String bash(Entry entry) {
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
