package org.ecryptfsj.tools;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.ParameterValues;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * {@code ecryptfs-generate-tpm-key}: makes a key in the TPM, bound to the current values of the PCRs named, and prints the
 * parameter to mount with (spec tools.md, ecryptfs-generate-tpm-key).
 */
final class GenerateTpmKey implements Command {
    private static final String NAME = "ecryptfs-generate-tpm-key";
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /** Low byte of -EINVAL: what the C tool exits with for more than 24 PCRs. */
    private static final int TOO_MANY = 234;

    private static final int MOST_PCRS = 24;

    @Override
    public int run(List<String> arguments) {
        CommandLine parser = new CommandLine(grammar());
        try {
            CommandLine.ParseResult parsed = parser.parseArgs(arguments.toArray(new String[0]));
            if (CommandLine.printHelpIfRequested(parsed)) {
                return 0;
            }
            List<Integer> pcrs = parsed.matchedOptionValue("-p", List.of());
            return generate(pcrs, parsed.hasMatchedOption("--json"));
        } catch (CommandLine.ParameterException e) {
            System.err.println(NAME + ": " + e.getMessage());
            System.err.println("Try `" + NAME + " --help'.");
            return USAGE;
        }
    }

    static CommandSpec grammar() {
        CommandSpec spec = CommandSpec.create().name(NAME).versionProvider(() -> new String[] {Launcher.version(NAME)});
        spec.usageMessage()
                .description(
                        "Makes a key in the TPM and registers it in your TPM key storage. Files protected by it open only while "
                                + "the PCRs named have the values they have now.")
                .footer(
                        "",
                        "Needs tcsd running and the TPM owned (tpm_takeownership). Exit codes: 0 done; 2 wrong usage; else the "
                                + "low byte of the TSS error code, or 1.");
        spec.addOption(OptionSpec.builder("-p", "--pcr")
                .type(List.class)
                .auxiliaryTypes(Integer.class)
                .paramLabel("<pcr>")
                .description("Bind the key to this PCR; may be given several times")
                .build());
        spec.addOption(OptionSpec.builder("--json")
                .type(boolean.class)
                .description("Print the result as JSON")
                .build());
        spec.addOption(OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Show version information")
                .build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Show usage information")
                .build());
        return spec;
    }

    private static int generate(List<Integer> pcrs, boolean json) {
        if (pcrs.size() > MOST_PCRS) {
            System.err.println(
                    NAME + ": Error: " + pcrs.size() + " PCRs given, at most " + MOST_PCRS + " are possible");
            return TOO_MANY;
        }
        try (KeyModules modules = Modules.discover();
                ParameterValues values = new ParameterValues()) {
            Optional<KeyGenerator> generator = modules.byAlias("tspi").flatMap(KeyModule::generator);
            if (generator.isEmpty()) {
                System.err.println(NAME + ": Error: the tspi key module is not installed");
                return FAILED;
            }
            if (pcrs.isEmpty() && !json) {
                System.out.println("Warning: Key will not be bound to any PCR's!");
            }
            pcrs.forEach(pcr -> values.add("pcr", pcr.toString()));
            GeneratedKey key = generator.get().generate(values);
            System.out.print(json ? json(key) : text(key));
            return 0;
        } catch (KeyModuleException e) {
            System.err.println(NAME + ": Error: " + e.getMessage());
            if (!e.advice().isEmpty()) {
                System.err.println("  What to do: " + e.advice());
            }
            int code = e.code() & 0xFF;
            return code == 0 ? FAILED : code;
        }
    }

    private static String text(GeneratedKey key) {
        StringBuilder text = new StringBuilder("Success: Key created bound to:\n");
        key.bindings()
                .forEach((what, value) ->
                        text.append(what).append(": ").append(value).append('\n'));
        return text.append("And registered in persistent storage with UUID (")
                .append(key.parameter())
                .append(" parameter): ")
                .append(key.value())
                .append('\n')
                .toString();
    }

    private static String json(GeneratedKey key) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put(key.parameter(), key.value());
        tree.put("bound_to", key.bindings());
        try {
            return JSON.std.asString(tree) + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
