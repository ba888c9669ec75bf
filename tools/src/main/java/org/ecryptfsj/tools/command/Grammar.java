package org.ecryptfsj.tools.command;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.linux.ByteText;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * Builds a command's grammar (a picocli command specification) and parses arguments with it. Built in code, because
 * annotations make the start slower.
 */
public final class Grammar {
    private static final int USAGE = 2;

    private Grammar() {}

    /**
     * A command's version for picocli. A class, like {@link PathConverter}, and no lambda: the JVM archives no interface of
     * picocli that a lambda implements, and none of the classes that implement it then.
     */
    private record Version(String command) implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {CommandVersion.of(command)};
        }
    }

    private static final class PathConverter implements CommandLine.ITypeConverter<Path> {
        @Override
        public Path convert(String value) {
            return ByteText.path(value);
        }
    }

    /** A grammar with {@code --version} and {@code --help}. */
    public static CommandSpec of(String name, String... description) {
        CommandSpec spec = CommandSpec.create().name(name).versionProvider(new Version(name));
        spec.usageMessage().description(description).sortOptions(false);
        return spec.addOption(OptionSpec.builder("--version")
                        .type(boolean.class)
                        .versionHelp(true)
                        .description("Print the version and exit")
                        .build())
                .addOption(help());
    }

    /** The grammar of a subcommand, with {@code --help}. */
    public static CommandSpec subcommand(String name, String... description) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(description).sortOptions(false);
        return spec.addOption(help());
    }

    private static OptionSpec help() {
        return OptionSpec.builder("--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Print this help and exit")
                .build();
    }

    /** An option without a value. */
    public static OptionSpec flag(String description, String... names) {
        return OptionSpec.builder(names)
                .type(boolean.class)
                .description(description)
                .build();
    }

    /** An option with a value. */
    public static OptionSpec option(Class<?> type, String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(type)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** The value of an option with text, if it was given. */
    public static Optional<String> text(ParseResult given, String option) {
        return Optional.ofNullable(given.matchedOptionValue(option, (String) null));
    }

    /** The value of an option with a number, if it was given. */
    public static Optional<Integer> number(ParseResult given, String option) {
        return Optional.ofNullable(given.matchedOptionValue(option, (Integer) null));
    }

    /** An option with a value that can be repeated. */
    public static OptionSpec repeated(Class<?> type, String label, String description, String... names) {
        return OptionSpec.builder(names)
                .type(List.class)
                .auxiliaryTypes(type)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** A positional argument; the first one has the index 0. */
    public static PositionalParamSpec argument(String index, boolean required, String label, String description) {
        return PositionalParamSpec.builder()
                .index(index)
                .arity(required ? "1" : "0..1")
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** All remaining arguments. */
    public static PositionalParamSpec arguments(String minimum, String label, String description) {
        return PositionalParamSpec.builder()
                .index("0..*")
                .arity(minimum + "..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** Documents the exit codes in the help text and the man page.
     *
     * @param codesAndMeanings code, meaning, code, meaning, in the order of the output
     */
    public static void exitCodes(CommandSpec spec, String... codesAndMeanings) {
        Map<String, String> codes = new LinkedHashMap<>();
        for (int i = 0; i < codesAndMeanings.length; i += 2) {
            codes.put(codesAndMeanings[i], codesAndMeanings[i + 1]);
        }
        spec.usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(codes);
    }

    /** Parses the arguments. Prints the help text or the version on standard output if an argument requests it.
     *
     * @return empty if help or the version was printed
     * @throws ToolFailure exit code 2, if the arguments do not match the grammar
     */
    public static Optional<ParseResult> parse(CommandSpec grammar, List<String> arguments) throws ToolFailure {
        try {
            CommandLine parser = new CommandLine(grammar).registerConverter(Path.class, new PathConverter());
            ParseResult parsed = parser.parseArgs(arguments.toArray(new String[0]));
            return CommandLine.printHelpIfRequested(parsed) ? Optional.empty() : Optional.of(parsed);
        } catch (CommandLine.ParameterException e) {
            throw new ToolFailure(USAGE, e.getMessage(), "see " + grammar.name() + " --help");
        }
    }
}
