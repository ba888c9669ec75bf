package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.options.PassphraseFile;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.doctor.Diagnosis;
import org.ecryptfsj.tools.doctor.EcryptfsDoctor;
import org.ecryptfsj.tools.doctor.Finding;
import org.ecryptfsj.tools.doctor.Finding.Verdict;
import org.ecryptfsj.tools.keys.KeyQuestions;
import org.ecryptfsj.tools.machine.BootConfiguration;
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
    static final int USAGE = 2;

    /** Path of the sealed recovery passphrase. */
    static final String RECOVERY = "/etc/ecryptfsj/recovery";

    private static final String NAME = "ecryptfs-setup-tpm";
    private static final String UNDO_LOG = "/var/lib/ecryptfsj/setup-tpm.journal";
    private static final PassphraseFile RECOVERY_FILE_FORMAT =
            new PassphraseFile("--recovery-passphrase", List.of("passphrase_passwd", "passwd"));

    /** The checks that must pass before a setup; other problems can be corrected later. */
    private static final Set<String> REQUIRED_CHECKS = Set.of(
            "kernel-module",
            "kernel-interface",
            "device",
            "daemon",
            "tpm",
            "tpm-state",
            "tpm-device",
            "tpm-owner",
            "tcsd",
            "tcsd-conf",
            "tcsd-answers",
            "tcsd-storage",
            "key-storage",
            "keyring-quota",
            "mount-helper");

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Sets up a directory that is protected by a key in the TPM and mounted at every boot. Checks"
                        + " the machine, creates the key, writes the boot configuration and tests the mount."
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
                        "Direct mode: the TPM seals each file's key (the format of ecryptfs-utils) instead of"
                                + " one key for all files",
                        "--direct"))
                .addOption(Grammar.option(
                        Path.class,
                        "FILE",
                        "Path of a file with the recovery passphrase, a second key for the files, on a line"
                                + " passphrase_passwd=...",
                        "--recovery-passphrase-file"))
                .addOption(Grammar.option(
                        String.class, "DEVICE", "Swap device in use; all swap is encrypted too", "--encrypted-swap"))
                .addOption(Grammar.flag(
                        "Ownership of a TPM without an owner is taken, with the well-known secrets"
                                + " (tpm_takeownership -y -z)",
                        "--take-ownership"))
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
        try (KeyModules modules = InstalledKeyModules.discover()) {
            SetupContext context = new SetupContext(
                    Machine.running(),
                    KeyringView.ofThisProcess(),
                    modules,
                    CommandRunner.ofThisMachine(),
                    FileOperations.ofThisMachine());
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
        requireNoOtherSetup(undoLog, options);
        if (!undoLog.entries().isEmpty()) {
            return reportExisting(context, undoLog, messages, json);
        }
        SetupQuestions dialogue = new SetupQuestions(terminal);
        requireOwner(options, context, dialogue, asks, messages);
        requireReady(context.examine());
        try (SetupOptions setup = setup(options, context, dialogue, asks)) {
            requireEmptyDirectories(setup, context);
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
                if (!dialogue.yes("Perform these steps", false)) {
                    System.out.println("Nothing was changed.");
                    return 0;
                }
            }
            SetupRun run = new SetupRun(context, undoLog, messages);
            runSteps(steps, run);
            undoLog.add(new UndoEntry(Kind.COMPLETE, setup.source(), setup.mountPoint()));
            report(setup, run, json);
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

    private static void requireNoOtherSetup(UndoLog undoLog, ParseResult options) throws ToolFailure {
        List<UndoEntry> entries = undoLog.entries();
        if (entries.isEmpty()) {
            return;
        }
        UndoEntry last = entries.get(entries.size() - 1);
        if (last.kind() != Kind.COMPLETE) {
            throw new ToolFailure(
                    FAILED,
                    "a previous setup was interrupted, or could not be undone completely; " + undoLog
                            + " lists what remains: "
                            + String.join(
                                    ", ",
                                    entries.stream()
                                            .map(entry -> entry.kind() + " " + entry.subject())
                                            .toList()),
                    NAME + " --undo");
        }
        boolean another = !last.subject().equals(options.matchedOptionValue("--source", last.subject()))
                || !last.detail().equals(options.matchedOptionValue("--mount-point", last.detail()));
        if (another) {
            throw new ToolFailure(
                    FAILED,
                    last.subject() + " is already set up with the mount point " + last.detail(),
                    "configure a further directory in a file /etc/ecryptfsj/mounts/NAME.conf, or undo the first setup: "
                            + NAME + " --undo");
        }
    }

    private static int reportExisting(SetupContext context, UndoLog undoLog, Consumer<String> messages, boolean json)
            throws IOException {
        UndoEntry done = undoLog.entries().get(undoLog.entries().size() - 1);
        messages.accept(
                done.subject() + " is already set up with the mount point " + done.detail() + "; nothing was changed.");
        List<Finding> problems = context.examine().of(Verdict.PROBLEM);
        problems.forEach(problem -> messages.accept(EcryptfsDoctor.line(problem).stripTrailing()));
        if (json) {
            JsonOutput.print(Map.of(
                    "source",
                    done.subject(),
                    "mount_point",
                    done.detail(),
                    "changed",
                    false,
                    "problems",
                    problems.stream().map(Finding::check).toList()));
        }
        return problems.isEmpty() ? 0 : FAILED;
    }

    private static void requireOwner(
            ParseResult options, SetupContext context, SetupQuestions dialogue, boolean asks, Consumer<String> messages)
            throws ToolFailure, IOException {
        boolean missing = context.machine()
                .text("/sys/class/tpm/tpm0/owned")
                .filter("0"::equals)
                .isPresent();
        boolean now = !options.hasMatchedOption("--dry-run");
        if (!missing || !now) {
            return;
        }
        if (options.hasMatchedOption("--take-ownership")) {
            messages.accept("Taking ownership of the TPM with the well-known secrets");
            context.programs().run(List.of("tpm_createek"));
            context.programs().runOrFail(List.of("tpm_takeownership", "-y", "-z"));
        } else if (asks) {
            System.out.println("The TPM has no owner. tpm_takeownership makes you the owner. It asks for an owner"
                    + " password, which is needed to change the TPM's settings, not to use keys. Keep"
                    + " it safe.");
            if (dialogue.yes("Take ownership now", true)) {
                context.programs().run(List.of("tpm_createek"));
                int code = context.programs().runInteractively(List.of("tpm_takeownership", "-z"));
                if (code != 0) {
                    throw new ToolFailure(
                            FAILED,
                            "tpm_takeownership failed with exit code " + code,
                            "correct the problem that it reports, then run this command again");
                }
            }
        }
    }

    private static void requireReady(Diagnosis examination) throws ToolFailure {
        List<Finding> obstacles = examination.of(Verdict.PROBLEM).stream()
                .filter(finding -> REQUIRED_CHECKS.contains(finding.check()))
                .toList();
        if (obstacles.isEmpty()) {
            return;
        }
        System.out.flush();
        obstacles.forEach(obstacle -> System.err.print(EcryptfsDoctor.line(obstacle)));
        throw new ToolFailure(
                FAILED,
                "this machine is not ready: " + obstacles.size() + (obstacles.size() == 1 ? " problem" : " problems")
                        + ", see above",
                obstacles.stream().anyMatch(obstacle -> obstacle.check().equals("tpm-owner"))
                        ? "correct it, then run this command again; --take-ownership takes ownership of the TPM"
                        : "correct it, then run this command again");
    }

    private static SetupOptions setup(ParseResult options, SetupContext context, SetupQuestions dialogue, boolean asks)
            throws ToolFailure, IOException {
        Optional<String> source = Optional.ofNullable(options.matchedOptionValue("--source", null));
        Optional<String> mountPoint = Optional.ofNullable(options.matchedOptionValue("--mount-point", null));
        Optional<String> pcrs = Optional.ofNullable(options.matchedOptionValue("--pcrs", null));
        if (!asks && (source.isEmpty() || mountPoint.isEmpty() || pcrs.isEmpty())) {
            throw new ToolFailure(
                    USAGE, "--yes and --dry-run need --source, --mount-point and --pcrs", "give all three options");
        }
        Optional<String> swap = Optional.ofNullable(options.matchedOptionValue("--encrypted-swap", null));
        if (swap.isPresent()) {
            requireSwap(context, swap.get());
        }
        String from = source.isPresent()
                ? SetupOptions.path(source.get())
                : dialogue.directory("Directory for the encrypted files", "/secret.encrypted");
        String to = mountPoint.isPresent()
                ? SetupOptions.path(mountPoint.get())
                : dialogue.directory("Mount point", "/secret");
        var registers = pcrs.isPresent() ? SetupQuestions.registers(pcrs.get()) : dialogue.pcrs(pcrValues(context));
        if (asks && swap.isEmpty()) {
            swap = askForSwap(context, dialogue);
        }
        Path file = options.matchedOptionValue("--recovery-passphrase-file", null);
        Optional<Secret> recovery =
                file != null ? Optional.of(passphrase(file)) : asks ? dialogue.recovery() : Optional.empty();
        return new SetupOptions(from, to, registers, !options.hasMatchedOption("--direct"), recovery, swap);
    }

    private static Secret passphrase(Path file) throws ToolFailure {
        try {
            return RECOVERY_FILE_FORMAT.read(file.toString());
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private static List<String> pcrValues(SetupContext context) throws ToolFailure {
        try {
            return context.device().state(java.time.Duration.ofSeconds(30)).registers();
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private static void requireSwap(SetupContext context, String device) throws ToolFailure, IOException {
        if (context.machine().lines("/proc/swaps").stream()
                .noneMatch(line -> line.matches("\\Q" + device + "\\E\\s.*"))) {
            throw new ToolFailure(
                    USAGE, device + " is not in use as swap", "swapon " + device + ", then run this command again");
        }
    }

    private static Optional<String> askForSwap(SetupContext context, SetupQuestions dialogue)
            throws ToolFailure, IOException {
        Optional<Finding> plain = context.examine().of(Verdict.PROBLEM).stream()
                .filter(finding -> finding.check().equals("swap"))
                .findFirst();
        return plain.isPresent() && dialogue.yes("Swap on " + plain.get().what() + ". Encrypt all swap", true)
                ? Optional.of(plain.get().what().replaceFirst("\\s.*", ""))
                : Optional.empty();
    }

    /** Refuses directories whose files the mount would hide or could not read. */
    private static void requireEmptyDirectories(SetupOptions setup, SetupContext context)
            throws ToolFailure, IOException {
        for (String path : List.of(setup.source(), setup.mountPoint())) {
            if (context.machine().exists(path)
                    && (!Files.isDirectory(context.machine().resolve(path))
                            || !context.machine().list(path).isEmpty())) {
                throw new ToolFailure(
                        FAILED,
                        path + " is not an empty directory",
                        "choose an empty or a new directory, and copy your files there after the setup");
            }
        }
        String file = BootConfiguration.mainFile(context.machine());
        if (BootConfiguration.parse(file, context.machine().lines(file))
                .value(BootConfiguration.UUID)
                .isPresent()) {
            throw new ToolFailure(
                    FAILED,
                    file + " already names a key and was not written by this program",
                    "configure a further directory in a file /etc/ecryptfsj/mounts/NAME.conf, or move " + file
                            + " away");
        }
    }

    private static void report(SetupOptions setup, SetupRun run, boolean json) throws IOException {
        String home = Account.current().home().toString();
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("tspi_uuid", run.uuid());
            result.put("bound_to", run.bindings());
            result.put("source", setup.source());
            result.put("mount_point", setup.mountPoint());
            result.put("mode", setup.envelope() ? "envelope" : "direct");
            result.put("recovery", setup.recovery().isPresent());
            result.put("changed", true);
            result.put("to_do", run.notes());
            JsonOutput.print(result);
            return;
        }
        run.print("Done: " + setup.source() + " is mounted at " + setup.mountPoint() + " and tested.");
        run.notes().forEach(note -> run.print("To do: " + note + "."));
        run.print("Keep copies in a safe place outside this machine:");
        run.print("  " + home
                + "/.trousers/user.data and /var/lib/tpm/system.data, the TPM keys, which only this TPM can use");
        if (setup.envelope()) {
            run.print("  " + home + "/.ecryptfs/kek, the sealed key that encrypts the file keys");
        }
        run.print("  the owner password of the TPM");
        run.print(
                setup.recovery().isPresent()
                        ? "  the recovery passphrase, on paper; mount with it: mount -t ecryptfs -o key=passphrase,"
                                + "ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,"
                                + "ecryptfs_enable_filename_crypto=n " + setup.source() + " " + setup.mountPoint()
                        : "  a backup of the files: without this TPM in this state nobody can read " + setup.source());
        run.print("To undo: " + NAME + " --undo");
    }
}
