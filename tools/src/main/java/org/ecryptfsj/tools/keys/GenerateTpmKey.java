package org.ecryptfsj.tools.keys;

import java.io.IOException;
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
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.machine.TpmVersion;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code ecryptfs-generate-tpm-key}: creates a key in the TPM, bound to the current values of the given PCRs, and
 * prints the mount parameter (docs/spec/tools.md, section 9).
 */
public final class GenerateTpmKey implements Command {
    private static final String NAME = "ecryptfs-generate-tpm-key";
    private static final int FAILED = 1;

    /** Low byte of -EINVAL: the exit code of the C tool for more than 24 PCRs. */
    private static final int TOO_MANY_PCRS = 234;

    private static final int MAX_PCRS = 24;

    private static final String KEY_FILE_INSTEAD =
            "This machine has a TPM 2.0, which has no such keys. Make a key file with it:"
                    + " ecryptfs-key create NAME --tpm2 -p 7 --recovery";

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Creates a key in the TPM and registers it in your TPM key storage. Files protected by it"
                        + " open only while the given PCRs have their current values.");
        spec.usageMessage().footer("", "Requires a running tcsd and a TPM with an owner (tpm_takeownership).");
        Grammar.exitCodes(
                spec,
                "0",
                "done",
                "2",
                "wrong usage",
                "234",
                "too many PCRs",
                "other",
                "the low byte of the TSS error code, or 1");
        return spec.addOption(OptionSpec.builder("-p", "--pcr")
                        .type(List.class)
                        .auxiliaryTypes(Integer.class)
                        .paramLabel("<pcr>")
                        .description("PCR to bind the key to; can be repeated")
                        .build())
                .addOption(Grammar.flag("JSON output of the result", "--json"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        List<Integer> pcrs = parsed.get().matchedOptionValue("-p", List.of());
        return generate(pcrs, parsed.get().hasMatchedOption("--json"));
    }

    private static int generate(List<Integer> pcrs, boolean json) throws IOException {
        if (pcrs.size() > MAX_PCRS) {
            System.err.println(NAME + ": Error: " + pcrs.size() + " PCRs given; at most " + MAX_PCRS + " are allowed");
            return TOO_MANY_PCRS;
        }
        try (KeyModules modules = InstalledKeyModules.discover();
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
            if (json) {
                printJson(key);
            } else {
                System.out.print(text(key));
            }
            return 0;
        } catch (KeyModuleException e) {
            System.err.println(NAME + ": Error: " + e.getMessage());
            String advice = TpmVersion.isTwo(Machine.running()) ? KEY_FILE_INSTEAD : e.advice();
            if (!advice.isEmpty()) {
                System.err.println("  What to do: " + advice);
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

    private static void printJson(GeneratedKey key) throws IOException {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put(key.parameter(), key.value());
        tree.put("bound_to", key.bindings());
        JsonOutput.print(tree);
    }
}
