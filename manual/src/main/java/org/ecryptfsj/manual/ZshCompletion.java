package org.ecryptfsj.manual;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes completion functions for zsh with {@code _arguments} (zshcompsys(1)), so that options have descriptions.
 */
final class ZshCompletion {
    private ZshCompletion() {}

    /** The completion file, for a directory in zsh's fpath. */
    static String of(CommandSpec grammar) {
        String head = "#compdef " + grammar.name() + "\n";
        if (grammar.subcommands().isEmpty()) {
            return head + arguments(grammar, "", "") + "\n";
        }
        return head + "local curcontext=$curcontext state line\n"
                + arguments(grammar, "-C ", subcommandNames(grammar.subcommands()))
                + " && return 0\n\ncase $state in\n  subcommand)\n    case $line[1] in\n"
                + grammar.subcommands().values().stream()
                        .map(CommandLine::getCommandSpec)
                        .map(command ->
                                "      " + command.name() + ")\n" + arguments(command, "", "") + "\n        ;;\n")
                        .collect(Collectors.joining())
                + "    esac\n    ;;\nesac\n";
    }

    private static String subcommandNames(Map<String, CommandLine> subcommands) {
        String names = subcommands.values().stream()
                .map(CommandLine::getCommandSpec)
                .map(command -> word(command.name()) + "\\:" + "\""
                        + command.usageMessage().description()[0].replaceAll("[\"\\\\$`':]", "") + "\"")
                .collect(Collectors.joining(" "));
        return " \\\n  " + quoted("1:command:((" + names + "))") + " \\\n  " + quoted("*::argument:->subcommand");
    }

    private static String arguments(CommandSpec grammar, String flags, String tail) {
        Stream<String> options =
                grammar.options().stream().filter(option -> !option.hidden()).flatMap(ZshCompletion::option);
        Stream<String> positionals =
                grammar.positionalParameters().stream().filter(p -> !p.hidden()).map(ZshCompletion::positional);
        return "_arguments " + flags + "-s -S :"
                + Stream.concat(options, positionals)
                        .map(spec -> " \\\n  " + quoted(spec))
                        .collect(Collectors.joining())
                + tail;
    }

    private static Stream<String> option(OptionSpec option) {
        String excluded = option.isMultiValue() ? "*" : "(" + String.join(" ", option.names()) + ")";
        String description = "[" + text(ManPage.description(option)) + "]";
        return Arrays.stream(option.names()).map(name -> {
            if (option.arity().max() == 0) {
                return excluded + name + description;
            }
            String value = ":" + text(ManPage.label(option)) + ":" + values(option);
            return excluded + name + (name.startsWith("--") ? "=" : "+") + description + value;
        });
    }

    private static String positional(PositionalParamSpec argument) {
        String position = argument.index().max() > argument.index().min() + 1
                ? "*"
                : Integer.toString(argument.index().min() + 1);
        String optional = !position.equals("*") && argument.arity().min() == 0 ? ":" : "";
        return position + ":" + optional + text(ManPage.label(argument)) + ":" + values(argument);
    }

    /** The completion of a value: the candidates in the grammar, or files or users according to its type or label. */
    private static String values(ArgSpec argument) {
        if (argument.completionCandidates() != null) {
            return StreamSupport.stream(argument.completionCandidates().spliterator(), false)
                    .map(ZshCompletion::word)
                    .collect(Collectors.joining(" ", "(", ")"));
        }
        String label = ManPage.label(argument).toLowerCase(Locale.ROOT);
        if (label.matches("user(name)?")) {
            return "_users";
        }
        if (label.matches(".*(dir|mount-point|chroot).*")) {
            return "_files -/";
        }
        boolean file = List.of(Path.class, File.class).contains(argument.type()) || label.matches(".*(file|path).*");
        return file ? "_files" : " ";
    }

    private static String word(String plain) {
        return plain.replaceAll("[^\\w.-]", "");
    }

    private static String text(String plain) {
        return plain.replaceAll("([\\\\:\\[\\]])", "\\\\$1");
    }

    private static String quoted(String plain) {
        return "'" + plain.replace("'", "'\\''") + "'";
    }
}
