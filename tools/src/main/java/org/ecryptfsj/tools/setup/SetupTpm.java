package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.InstalledProtectors;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.SecretOutput;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.machine.KeyringView;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.setup.UndoEntry.Kind;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * {@code ecryptfs-setup-tpm}: sets up a directory that is protected by a TPM key and mounted at boot, or undoes the
 * setup.
 */
public final class SetupTpm implements Command {
    static final int FAILED = 1;
    /** The option for a check of the PCRs in the next boot. */
    static final String CHECK_NEXT_BOOT = "--check-next-boot";

    static final int USAGE = 2;

    /** Path of the sealed recovery passphrase. */
    static final String RECOVERY = "/etc/ecryptfsj/recovery";

    static final String NAME = "ecryptfs-setup-tpm";
    private static final String UNDO_LOG = "/var/lib/ecryptfsj/setup-tpm.journal";

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Sets up a directory that is protected by the TPM and mounted at every boot. Checks"
                        + " the machine, creates a key in a TPM 1.2, makes a key file with the TPM and a recovery code,"
                        + " writes the boot configuration and tests the mount. The recovery code is printed once, at the end."
                        + " Without --yes it asks, shows the steps and waits for your consent. If a"
                        + " step fails, earlier steps are rolled back.");
        Grammar.exitCodes(
                spec,
                "0",
                "done",
                "1",
                "setup failed, or not all changes were undone; standard error has the" + " details",
                "2",
                "wrong usage, or not root");
        return spec.addOption(Grammar.option(
                        String.class, "DIR", "Path of the directory for the encrypted" + " files", "--source"))
                .addOption(Grammar.option(
                        String.class, "DIR", "Path of the mount point; may be the same directory", "--mount-point"))
                .addOption(Grammar.option(
                        String.class, "LIST", "PCRs to bind the key to, such as 0,2,3; or none", "--pcrs"))
                .addOption(Grammar.flag(
                        "Direct mode instead of a key file: the TPM seals each file's key (the format of"
                                + " ecryptfs-utils)",
                        "--direct"))
                .addOption(Grammar.flag(
                        "Envelope mode instead of a key file: the TPM unseals one key for all files, which the daemon"
                                + " uses",
                        "--envelope"))
                .addOption(Grammar.option(
                        Path.class,
                        "FILE",
                        "Path of a file with the recovery passphrase, a second key for the files, on a line"
                                + " passphrase_passwd=...; with --envelope or --direct",
                        "--recovery-passphrase-file"))
                .addOption(Grammar.option(
                        String.class, "DEVICE", "Swap device in use; all swap is encrypted too", "--encrypted-swap"))
                .addOption(Grammar.flag(
                        "Ownership of a TPM 1.2 without an owner is taken, with the well-known secrets"
                                + " (tpm_takeownership -y -z)",
                        "--take-ownership"))
                .addOption(Grammar.flag(
                        "Check of the PCRs in the next boot: if one has changed there, a TPM 2.0 opens the key file all the"
                                + " same, once, and the log of the boot names the PCR",
                        CHECK_NEXT_BOOT))
                .addOption(Grammar.flag("No questions", "-y", "--yes"))
                .addOption(Grammar.flag("List of the steps only; nothing is changed", "--dry-run"))
                .addOption(Grammar.flag("Rollback of the setup", "--undo"))
                .addOption(Grammar.flag("JSON output; requires --yes, --dry-run or --undo", "--json"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<ParseResult> parsed = Grammar.parse(grammar(), arguments);
        if (parsed.isEmpty()) {
            return 0;
        }
        if (Account.effectiveUid() != 0) {
            throw new ToolFailure(USAGE, "only root may set up the machine", "sudo " + NAME);
        }
        try (KeyModules modules = InstalledKeyModules.discover();
                Protectors protectors = InstalledProtectors.load()) {
            SetupContext context = new SetupContext(
                    Machine.running(),
                    KeyringView.ofThisProcess(),
                    modules,
                    protectors,
                    CommandRunner.ofThisMachine(),
                    FileOperations.ofThisMachine(),
                    parsed.get().hasMatchedOption("--json") ? SecretOutput::standardError : SecretOutput::standard);
            return run(parsed.get(), context, Terminal.standard());
        }
    }

    static int run(ParseResult options, SetupContext context, Terminal terminal) throws ToolFailure, IOException {
        boolean json = options.hasMatchedOption("--json");
        Consumer<String> messages = json ? line -> {} : System.out::println;
        UndoLog undoLog = UndoLog.read(context.machine().resolve(UNDO_LOG));
        if (options.hasMatchedOption("--undo")) {
            return undo(context, undoLog, messages, json);
        }
        boolean asks = !options.hasMatchedOption("--yes") && !options.hasMatchedOption("--dry-run");
        if (json && asks) {
            throw new ToolFailure(USAGE, "--json does not ask questions", "add --yes or --dry-run");
        }
        SetupMode mode = context.hasTpm2() ? SetupMode.ofTpm2(options) : SetupMode.of(options);
        SetupRequirements.requireNoOtherSetup(undoLog, options);
        if (!undoLog.entries().isEmpty()) {
            return SetupReport.existing(context, undoLog, messages, json);
        }
        SetupQuestions questions = new SetupQuestions(terminal);
        if (!options.hasMatchedOption("--dry-run") && !context.hasTpm2()) {
            new TpmOwnership(context, questions, messages).take(options.hasMatchedOption("--take-ownership"), asks);
        }
        SetupRequirements.requireReady(context.examine(), mode, context.hasTpm2());
        try (SetupOptions setup = new SetupOptionsReader(options, mode, context, questions, asks).read()) {
            SetupRequirements.requireEmptyDirectories(setup, context);
            List<SetupStep> steps = SetupSteps.of(setup, context);
            if (options.hasMatchedOption("--dry-run")) {
                show("Steps (not performed):", steps, messages);
                if (json) {
                    JsonOutput.print(Map.of(
                            "steps", steps.stream().map(SetupStep::description).toList()));
                }
                return 0;
            }
            if (asks) {
                show("Steps:", steps, messages);
                if (!questions.yes("Perform these steps", false)) {
                    System.out.println("Nothing was changed.");
                    return 0;
                }
            }
            try (SetupRun run = new SetupRun(context, undoLog, messages)) {
                runSteps(steps, run);
                SetupReport.done(setup, run, json);
                undoLog.add(new UndoEntry(Kind.COMPLETE, setup.source(), setup.mountPoint()));
            }
            return 0;
        }
    }

    private static void show(String title, List<SetupStep> steps, Consumer<String> messages) {
        messages.accept(title);
        for (int i = 0; i < steps.size(); i++) {
            messages.accept("  " + (i + 1) + ". " + steps.get(i).description());
        }
    }

    private static void runSteps(List<SetupStep> steps, SetupRun run) throws ToolFailure, IOException {
        for (int i = 0; i < steps.size(); i++) {
            SetupStep step = steps.get(i);
            run.print((i + 1) + ". " + step.description());
            try {
                step.action().perform(run);
            } catch (ToolFailure e) {
                throw rolledBack("step " + (i + 1) + " failed: " + e.getMessage(), e.advice(), run);
            } catch (IOException | RuntimeException e) {
                throw rolledBack("step " + (i + 1) + " failed: " + e, "", run);
            }
        }
    }

    private static ToolFailure rolledBack(String failure, String advice, SetupRun run) throws IOException {
        List<String> remains = new Rollback(run.context(), run.undoLog(), run::print).run();
        String end = remains.isEmpty()
                ? "All earlier steps were rolled back."
                : "Earlier steps were rolled back, except: " + String.join("; ", remains) + ".";
        return new ToolFailure(FAILED, failure.stripTrailing() + "\n" + end, advice);
    }

    private static int undo(SetupContext context, UndoLog undoLog, Consumer<String> messages, boolean json)
            throws IOException {
        if (undoLog.entries().isEmpty()) {
            messages.accept("There is nothing to undo: there is no setup in " + undoLog + ".");
        }
        List<String> remains = new Rollback(context, undoLog, messages).run();
        if (json) {
            JsonOutput.print(Map.of("remains", remains));
        }
        remains.forEach(sentence -> System.err.println(NAME + ": " + sentence));
        return remains.isEmpty() ? 0 : FAILED;
    }
}
