package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.doctor.Finding.Verdict;
import org.ecryptfsj.tools.machine.KeyringView;
import org.ecryptfsj.tools.machine.Machine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-doctor}: examines this machine, and prints what it finds, a line for each check. */
public final class EcryptfsDoctor implements Command {
    private static final String NAME = "ecryptfs-doctor";
    private static final int PROBLEMS = 1;
    private static final int USAGE = 2;

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Examines this machine's set-up, from the kernel and the TPM up to the mounts. Prints a line for each"
                        + " check; what is wrong is explained, with the command that mends it. Nothing is changed. Only"
                        + " root sees all of it.");
        Grammar.exitCodes(spec, "0", "no problem", "1", "at least one problem", "2", "wrong usage, or not root");
        return spec.addOption(Grammar.flag("Tell also what could not be looked at, and why", "-v", "--verbose"))
                .addOption(Grammar.flag("Expect a TPM, even if nothing is configured that uses one", "--tpm"))
                .addOption(Grammar.flag("Print the findings as JSON", "--json"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        if (Account.effectiveUid() != 0) {
            throw new ToolFailure(USAGE, "only root may look at all of the machine", "sudo " + NAME);
        }
        try (KeyModules modules = InstalledKeyModules.discover()) {
            Diagnosis examination = Diagnosis.of(
                    Machine.running(),
                    KeyringView.ofThisProcess(),
                    modules,
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

    /** A finding as a line, and what to do about it below. */
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
