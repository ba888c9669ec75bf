package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.InstalledProtectors;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.doctor.Finding.Verdict;
import org.ecryptfsj.tools.machine.KeyringView;
import org.ecryptfsj.tools.machine.Machine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-doctor}: checks the configuration of this machine and prints the findings. */
public final class EcryptfsDoctor implements Command {
    private static final String NAME = "ecryptfs-doctor";
    private static final int PROBLEMS = 1;
    private static final int USAGE = 2;

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Checks the configuration of this machine, from the kernel and the TPM up to the mounts."
                        + " Prints a line for each check and, for each problem, the cause and the command"
                        + " that corrects it. Nothing is changed. Must be run as root. It does not look at encrypted files:"
                        + " ecryptfs-check does.");
        Grammar.exitCodes(spec, "0", "no problems", "1", "at least one problem", "2", "wrong usage, or not root");
        return spec.addOption(Grammar.flag("Output of skipped checks, too, with the reason", "-v", "--verbose"))
                .addOption(Grammar.flag("TPM required, even if nothing is configured that uses one", "--tpm"))
                .addOption(Grammar.flag("JSON output of the findings", "--json"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        if (Account.effectiveUid() != 0) {
            throw new ToolFailure(USAGE, "only root can run all checks", "sudo " + NAME);
        }
        try (KeyModules modules = InstalledKeyModules.discover();
                Protectors protectors = InstalledProtectors.load()) {
            Diagnosis examination = Diagnosis.of(
                    Machine.running(),
                    KeyringView.ofThisProcess(),
                    modules,
                    protectors,
                    parsed.get().hasMatchedOption("--tpm"));
            if (parsed.get().hasMatchedOption("--json")) {
                JsonOutput.print(json(examination));
            } else {
                System.out.print(text(examination, parsed.get().hasMatchedOption("--verbose")));
            }
            return examination.of(Verdict.PROBLEM).isEmpty() ? 0 : PROBLEMS;
        }
    }

    static String text(Diagnosis examination, boolean verbose) {
        StringBuilder text = new StringBuilder();
        for (Finding finding : examination.findings()) {
            if (verbose || finding.verdict() != Verdict.SKIPPED) {
                text.append(line(finding));
            }
        }
        return text.append(count(examination, Verdict.PROBLEM, "problem"))
                .append(", ")
                .append(count(examination, Verdict.WARNING, "warning"))
                .append(", ")
                .append(examination.of(Verdict.OK).size())
                .append(" ok\n")
                .toString();
    }

    /** A finding as a line, followed by the cause and the advice. */
    public static String line(Finding finding) {
        StringBuilder text = new StringBuilder()
                .append("%-8s %-17s %s%n".formatted(finding.verdict().label(), finding.check(), finding.what()));
        if (!finding.cause().isEmpty()) {
            text.append("  Why: ").append(finding.cause()).append('\n');
        }
        if (!finding.fix().isEmpty()) {
            text.append("  What to do: ").append(finding.fix()).append('\n');
        }
        return text.toString();
    }

    private static String count(Diagnosis examination, Verdict verdict, String noun) {
        int number = examination.of(verdict).size();
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    private static Map<String, Object> json(Diagnosis examination) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("problems", examination.of(Verdict.PROBLEM).size());
        json.put("warnings", examination.of(Verdict.WARNING).size());
        json.put("findings", examination.findings().stream().map(Finding::json).toList());
        return json;
    }
}
