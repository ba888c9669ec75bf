package org.ecryptfsj.manual;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A man page with the sections of man-pages(7): those generated from the grammar and the additional ones of the command. */
final class ManPage {
    private static final List<String> SECTIONS_AFTER_OPTIONS =
            List.of("EXIT STATUS", "ENVIRONMENT", "FILES", "NOTES", "EXAMPLES", "SEE ALSO");

    private static final Set<String> PICOCLI_SECTIONS = Set.of(
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_HEADER_HEADING,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_HEADER,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS_HEADING,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_SYNOPSIS,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_DESCRIPTION_HEADING,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_DESCRIPTION,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_PARAMETER_LIST_HEADING,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_AT_FILE_PARAMETER,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_PARAMETER_LIST,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_END_OF_OPTIONS,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_EXIT_CODE_LIST_HEADING,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_EXIT_CODE_LIST,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_FOOTER_HEADING,
            CommandLine.Model.UsageMessageSpec.SECTION_KEY_FOOTER);

    private static final Pattern SYNOPSIS_WORD = Pattern.compile("<[^>]*>|[\\w-]+(\\.\\w+)*|[^\\w<-]+");

    private final String version;
    private final String date;

    /**
     * @param version version in the footer of the pages
     * @param date of the pages, as YYYY-MM-DD
     */
    ManPage(String version, String date) {
        this.version = version;
        this.date = date;
    }

    /** The page of a command. */
    String of(CommandEntry entry) {
        RoffWriter page = new RoffWriter().title(entry.name(), entry.section(), date, "ecryptfsj " + version);
        page.section("NAME").raw(RoffWriter.escaped(entry.name()) + " \\- " + RoffWriter.escaped(entry.summary()));
        page.section("SYNOPSIS").raw(synopsis(entry.grammar()));
        RunningText.write(page.section("DESCRIPTION"), entry.description());
        arguments(page, entry.grammar().positionalParameters());
        options(page, "OPTIONS", entry.grammar().options());
        commands(page, entry.grammar());
        Map<String, List<String>> written = new LinkedHashMap<>(RunningText.sectionsOf(entry.name()));
        written.putIfAbsent(headingOfNotes(entry), notes(entry));
        written.putIfAbsent("SEE ALSO", List.of("ecryptfsj(7)"));
        written.putIfAbsent("EXIT STATUS", List.of("0 on success; otherwise standard error has the reason."));
        written.forEach((heading, lines) -> {
            if (!SECTIONS_AFTER_OPTIONS.contains(heading)) {
                section(page, heading, lines);
            }
        });
        exitStatus(page, entry.grammar(), written.remove("EXIT STATUS"));
        SECTIONS_AFTER_OPTIONS.forEach(heading -> section(page, heading, written.getOrDefault(heading, List.of())));
        return page.toString();
    }

    /** The page that lists all commands: ecryptfsj(7). */
    String overview(List<CommandEntry> entries) {
        Map<String, List<String>> written = RunningText.sectionsOf("ecryptfsj");
        RoffWriter page = new RoffWriter().title("ecryptfsj", 7, date, "ecryptfsj " + version);
        page.section("NAME").raw("ecryptfsj \\- eCryptfs\\(aq userspace, in Java");
        section(page, "DESCRIPTION", written.get("DESCRIPTION"));
        page.section("COMMANDS");
        entries.forEach(
                entry -> page.tagged(RoffWriter.bold(entry.name()) + "(" + entry.section() + ")", entry.summary()));
        written.forEach((heading, lines) -> {
            if (!heading.equals("DESCRIPTION")) {
                section(page, heading, lines);
            }
        });
        return page.toString();
    }

    private static void section(RoffWriter page, String heading, List<String> lines) {
        if (lines.stream().anyMatch(line -> !line.isBlank())) {
            RunningText.write(page.section(heading), lines);
        }
    }

    /** The synopsis, with names in bold and placeholders in italics. */
    private static String synopsis(CommandSpec grammar) {
        String plain = new CommandLine.Help(grammar, CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .synopsis(0)
                .replaceAll("[\\s\u00A0]+", " ")
                .replaceAll("(?<=\\[)(-[A-Za-z])=", "$1 ")
                .strip();
        return SYNOPSIS_WORD.matcher(plain).replaceAll(word -> Matcher.quoteReplacement(synopsisWord(word.group())));
    }

    private static String synopsisWord(String word) {
        if (word.startsWith("<")) {
            return RoffWriter.italic(word.substring(1, word.length() - 1));
        }
        if (word.matches("[A-Z][A-Z0-9-]*")) {
            return RoffWriter.italic(word);
        }
        return word.matches("-?-?[A-Za-z_].*") ? RoffWriter.bold(word) : RoffWriter.escaped(word);
    }

    private static void arguments(RoffWriter page, List<PositionalParamSpec> arguments) {
        List<PositionalParamSpec> shown =
                arguments.stream().filter(a -> !a.hidden()).toList();
        if (!shown.isEmpty()) {
            page.section("ARGUMENTS");
            shown.forEach(argument -> page.tagged(RoffWriter.italic(label(argument)), description(argument)));
        }
    }

    private static void options(RoffWriter page, String heading, List<OptionSpec> options) {
        List<OptionSpec> shown = options.stream().filter(o -> !o.hidden()).toList();
        if (!shown.isEmpty()) {
            page.section(heading);
            shown.forEach(option -> page.tagged(names(option), description(option)));
        }
    }

    private static String names(OptionSpec option) {
        String names = Arrays.stream(option.names()).map(RoffWriter::bold).collect(Collectors.joining(", "));
        if (option.arity().max() == 0) {
            return names;
        }
        return names + (option.longestName().startsWith("--") ? "=" : " ") + RoffWriter.italic(label(option));
    }

    static String label(ArgSpec argument) {
        return argument.paramLabel().replaceAll("^<|>$", "");
    }

    static String description(ArgSpec argument) {
        return String.join(" ", CommandEntry.formatted(argument.description()));
    }

    private static void commands(RoffWriter page, CommandSpec grammar) {
        if (grammar.subcommands().isEmpty()) {
            return;
        }
        page.section("COMMANDS");
        grammar.subcommands().forEach((name, command) -> {
            CommandSpec spec = command.getCommandSpec();
            String arguments = spec.positionalParameters().stream()
                    .map(ManPage::inSynopsis)
                    .collect(Collectors.joining());
            page.tagged(
                    RoffWriter.bold(name) + arguments,
                    String.join(" ", CommandEntry.formatted(spec.usageMessage().description())));
            List<OptionSpec> own = spec.options().stream()
                    .filter(option -> !option.hidden() && !option.usageHelp())
                    .filter(option -> grammar.findOption(option.longestName()) == null)
                    .toList();
            if (!own.isEmpty()) {
                page.indented();
                own.forEach(option -> page.tagged(names(option), description(option)));
                page.outdented();
            }
        });
    }

    private static String inSynopsis(PositionalParamSpec argument) {
        String name = RoffWriter.italic(label(argument));
        return argument.arity().min() == 0 ? " [" + name + "]" : " " + name;
    }

    /** The heading of the footer, which becomes a section. */
    private static String headingOfNotes(CommandEntry entry) {
        String heading = String.join(
                " ", CommandEntry.formatted(entry.grammar().usageMessage().footerHeading()));
        String title = heading.strip().replaceAll(":$", "").toUpperCase(Locale.ROOT);
        return title.isEmpty() ? "NOTES" : title;
    }

    /** The footer and the additional help sections of a command. */
    private static List<String> notes(CommandEntry entry) {
        List<String> notes = new ArrayList<>();
        CommandLine line = new CommandLine(entry.grammar());
        line.getHelpSectionKeys().stream()
                .filter(key -> !PICOCLI_SECTIONS.contains(key))
                .map(key -> line.getHelpSectionMap().get(key).render(line.getHelp()))
                .forEach(text -> text.lines().forEach(notes::add));
        notes.addAll(entry.footer());
        return notes;
    }

    private static void exitStatus(RoffWriter page, CommandSpec grammar, List<String> written) {
        Map<String, String> codes = grammar.usageMessage().exitCodeList();
        if (codes.isEmpty()) {
            section(page, "EXIT STATUS", written);
            return;
        }
        page.section("EXIT STATUS");
        codes.forEach((code, meaning) -> page.tagged(RoffWriter.bold(code.strip()), meaning));
    }
}
