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
import org.ecryptfsj.tools.command.Json;
import org.ecryptfsj.tools.command.Modules;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.doctor.EcryptfsDoctor;
import org.ecryptfsj.tools.doctor.Examination;
import org.ecryptfsj.tools.doctor.Finding;
import org.ecryptfsj.tools.doctor.Finding.Verdict;
import org.ecryptfsj.tools.keys.KeyQuestions;
import org.ecryptfsj.tools.machine.BootConfiguration;
import org.ecryptfsj.tools.machine.Keys;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.setup.Deed.Kind;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-setup-tpm}: sets up a directory that a TPM key protects and that is mounted at boot, or takes it back. */
public final class SetupTpm implements Command {
    static final int FAILED = 1;
    static final int USAGE = 2;

    /** Where the sealed recovery passphrase is kept. */
    static final String RECOVERY = "/etc/ecryptfsj/recovery";

    private static final String NAME = "ecryptfs-setup-tpm";
    private static final String JOURNAL = "/var/lib/ecryptfsj/setup-tpm.journal";
    private static final PassphraseFile RECOVERY_FILES =
            new PassphraseFile("--recovery-passphrase", List.of("passphrase_passwd", "passwd"));

    /** What a set-up cannot do without; the rest can be mended afterwards. */
    private static final Set<String> NEEDED = Set.of(
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
                "Sets up a directory that is protected by a key in the TPM, and mounted at every boot: checks the machine,"
                        + " makes the key, writes the boot configuration, tries the mount. Without --yes it asks, shows"
                        + " each step, and begins when you agree. A step that fails has all taken back.");
        Grammar.exitCodes(
                spec, "0", "done", "1", "not done, or not all taken back: said which", "2", "wrong usage, or not root");
        return spec.addOption(Grammar.option(String.class, "DIR", "Where the encrypted files will be", "--source"))
                .addOption(Grammar.option(
                        String.class, "DIR", "Where they are to be read; may be the same", "--mount-point"))
                .addOption(Grammar.option(
                        String.class, "LIST", "PCRs to bind the key to, such as 0,2,3; or none", "--pcrs"))
                .addOption(Grammar.flag(
                        "Have the TPM seal each file's key (the form that ecryptfs-utils reads), not one key for all",
                        "--direct"))
                .addOption(Grammar.option(
                        Path.class,
                        "FILE",
                        "A second key for the files: the passphrase in FILE, a line passphrase_passwd=...",
                        "--recovery-passphrase-file"))
                .addOption(Grammar.option(
                        String.class, "DEVICE", "Encrypt swap too, which is in use on DEVICE", "--encrypted-swap"))
                .addOption(Grammar.flag(
                        "If the TPM has no owner, take ownership, with well-known secrets (tpm_takeownership -y -z)",
                        "--take-ownership"))
                .addOption(Grammar.flag("Ask nothing", "-y", "--yes"))
                .addOption(Grammar.flag("Show what would be done, and end", "--dry-run"))
                .addOption(Grammar.flag("Take back what was set up", "--undo"))
                .addOption(Grammar.flag("Print the result as JSON; with --yes, --dry-run or --undo", "--json"));
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
        try (KeyModules modules = Modules.discover()) {
            Site site = new Site(
                    Machine.running(),
                    Keys.ofThisProcess(),
                    modules,
                    Programs.ofThisMachine(),
                    FileChanges.ofThisMachine());
            return run(parsed.get(), site, Terminal.standard());
        }
    }

    static int run(ParseResult options, Site site, Terminal terminal) throws ToolFailure, IOException {
        boolean json = options.hasMatchedOption("--json");
        Consumer<String> speech = json ? line -> {} : System.out::println;
        Journal journal = Journal.read(site.machine().at(JOURNAL));
        if (options.hasMatchedOption("--undo")) {
            return undo(site, journal, speech, json);
        }
        boolean asks = !options.hasMatchedOption("--yes") && !options.hasMatchedOption("--dry-run");
        if (json && asks) {
            throw new ToolFailure(USAGE, "--json asks nothing", "say --yes or --dry-run too");
        }
        requireNoOther(journal, options);
        if (!journal.deeds().isEmpty()) {
            return alreadyDone(site, journal, speech, json);
        }
        Dialogue dialogue = new Dialogue(terminal);
        requireOwner(options, site, dialogue, asks, speech);
        requireReady(site.examine());
        try (Wishes wishes = wishes(options, site, dialogue, asks)) {
            requirePlaces(wishes, site);
            List<Step> steps = Steps.of(wishes, site);
            if (options.hasMatchedOption("--dry-run")) {
                show("Would do, in this order:", steps, speech);
                if (json) {
                    Json.print(Map.of("steps", steps.stream().map(Step::plan).toList()));
                }
                return 0;
            }
            if (asks) {
                show("To be done, in this order:", steps, speech);
                if (!dialogue.yes("Do all this", false)) {
                    System.out.println("Nothing was changed.");
                    return 0;
                }
            }
            Work work = new Work(site, journal, speech);
            perform(steps, work);
            journal.add(new Deed(Kind.COMPLETE, wishes.source(), wishes.mountPoint()));
            report(wishes, work, json);
            return 0;
        }
    }

    private static void show(String title, List<Step> steps, Consumer<String> speech) {
        speech.accept(title);
        for (int i = 0; i < steps.size(); i++) {
            speech.accept("  " + (i + 1) + ". " + steps.get(i).plan());
        }
    }

    private static void perform(List<Step> steps, Work work) throws ToolFailure, IOException {
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            work.say((i + 1) + ". " + step.plan());
            try {
                step.action().take(work);
            } catch (ToolFailure e) {
                throw takenBack("step " + (i + 1) + " failed: " + e.getMessage(), e.advice(), work);
            } catch (IOException | RuntimeException e) {
                throw takenBack("step " + (i + 1) + " failed: " + e, "", work);
            }
        }
    }

    private static ToolFailure takenBack(String failure, String advice, Work work) throws IOException {
        List<String> remains = new Undoing(work.site(), work.journal(), work::say).run();
        String end = remains.isEmpty()
                ? "All that was done before is taken back."
                : "What was done before is taken back, but: " + String.join("; ", remains) + ".";
        return new ToolFailure(FAILED, failure.stripTrailing() + "\n" + end, advice);
    }

    private static int undo(Site site, Journal journal, Consumer<String> speech, boolean json) throws IOException {
        if (journal.deeds().isEmpty()) {
            speech.accept("There is nothing to take back: " + journal + " tells of no set-up.");
        }
        List<String> remains = new Undoing(site, journal, speech).run();
        if (json) {
            Json.print(Map.of("remains", remains));
        }
        remains.forEach(sentence -> System.err.println(NAME + ": " + sentence));
        return remains.isEmpty() ? 0 : FAILED;
    }

    private static void requireNoOther(Journal journal, ParseResult options) throws ToolFailure {
        List<Deed> deeds = journal.deeds();
        if (deeds.isEmpty()) {
            return;
        }
        Deed last = deeds.get(deeds.size() - 1);
        if (last.kind() != Kind.COMPLETE) {
            throw new ToolFailure(
                    FAILED,
                    "a set-up of before was interrupted, or something of it could not be taken back; " + journal
                            + " tells what is left: "
                            + String.join(
                                    ", ",
                                    deeds.stream()
                                            .map(deed -> deed.kind() + " " + deed.subject())
                                            .toList()),
                    NAME + " --undo");
        }
        boolean another = !last.subject().equals(options.matchedOptionValue("--source", last.subject()))
                || !last.detail().equals(options.matchedOptionValue("--mount-point", last.detail()));
        if (another) {
            throw new ToolFailure(
                    FAILED,
                    last.subject() + " is set up already, to be read at " + last.detail(),
                    "a further directory gets a file /etc/ecryptfsj/mounts/NAME.conf; or take the first one back: "
                            + NAME + " --undo");
        }
    }

    private static int alreadyDone(Site site, Journal journal, Consumer<String> speech, boolean json)
            throws IOException {
        Deed done = journal.deeds().get(journal.deeds().size() - 1);
        speech.accept(done.subject() + " is set up already, to be read at " + done.detail() + "; nothing was changed.");
        List<Finding> problems = site.examine().of(Verdict.PROBLEM);
        problems.forEach(problem -> speech.accept(EcryptfsDoctor.line(problem).stripTrailing()));
        if (json) {
            Json.print(Map.of(
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
            ParseResult options, Site site, Dialogue dialogue, boolean asks, Consumer<String> speech)
            throws ToolFailure, IOException {
        boolean missing = site.machine()
                .text("/sys/class/tpm/tpm0/owned")
                .filter("0"::equals)
                .isPresent();
        boolean now = !options.hasMatchedOption("--dry-run");
        if (!missing || !now) {
            return;
        }
        if (options.hasMatchedOption("--take-ownership")) {
            speech.accept("Taking ownership of the TPM, with well-known secrets");
            site.programs().run(List.of("tpm_createek"));
            site.programs().require(List.of("tpm_takeownership", "-y", "-z"));
        } else if (asks) {
            System.out.println(
                    "The TPM has no owner. tpm_takeownership makes you its owner: it asks for the owner's password,"
                            + " which is needed to change the TPM's settings, not to use keys. Keep it safe.");
            if (dialogue.yes("Take ownership now", true)) {
                site.programs().run(List.of("tpm_createek"));
                int code = site.programs().converse(List.of("tpm_takeownership", "-z"));
                if (code != 0) {
                    throw new ToolFailure(
                            FAILED,
                            "tpm_takeownership failed with exit code " + code,
                            "mend what it says, then run this again");
                }
            }
        }
    }

    private static void requireReady(Examination examination) throws ToolFailure {
        List<Finding> obstacles = examination.of(Verdict.PROBLEM).stream()
                .filter(finding -> NEEDED.contains(finding.check()))
                .toList();
        if (obstacles.isEmpty()) {
            return;
        }
        System.out.flush();
        obstacles.forEach(obstacle -> System.err.print(EcryptfsDoctor.line(obstacle)));
        throw new ToolFailure(
                FAILED,
                "this machine is not ready: " + obstacles.size()
                        + (obstacles.size() == 1 ? " problem stands" : " problems stand") + " in the way, see above",
                obstacles.stream().anyMatch(obstacle -> obstacle.check().equals("tpm-owner"))
                        ? "mend it, then run this again; --take-ownership takes ownership of the TPM"
                        : "mend it, then run this again");
    }

    private static Wishes wishes(ParseResult options, Site site, Dialogue dialogue, boolean asks)
            throws ToolFailure, IOException {
        Optional<String> source = Optional.ofNullable(options.matchedOptionValue("--source", null));
        Optional<String> mountPoint = Optional.ofNullable(options.matchedOptionValue("--mount-point", null));
        Optional<String> pcrs = Optional.ofNullable(options.matchedOptionValue("--pcrs", null));
        if (!asks && (source.isEmpty() || mountPoint.isEmpty() || pcrs.isEmpty())) {
            throw new ToolFailure(
                    USAGE, "--source, --mount-point and --pcrs are needed where nothing is asked", "give all three");
        }
        Optional<String> swap = Optional.ofNullable(options.matchedOptionValue("--encrypted-swap", null));
        if (swap.isPresent()) {
            requireSwap(site, swap.get());
        }
        String from = source.isPresent()
                ? Wishes.path(source.get())
                : dialogue.directory("Directory for the encrypted files", "/secret.encrypted");
        String to = mountPoint.isPresent()
                ? Wishes.path(mountPoint.get())
                : dialogue.directory("Directory to read them at", "/secret");
        var registers = pcrs.isPresent() ? Dialogue.registers(pcrs.get()) : dialogue.pcrs(pcrValues(site));
        if (asks && swap.isEmpty()) {
            swap = offeredSwap(site, dialogue);
        }
        Path file = options.matchedOptionValue("--recovery-passphrase-file", null);
        Optional<Secret> recovery =
                file != null ? Optional.of(passphrase(file)) : asks ? dialogue.recovery() : Optional.empty();
        return new Wishes(from, to, registers, !options.hasMatchedOption("--direct"), recovery, swap);
    }

    private static Secret passphrase(Path file) throws ToolFailure {
        try {
            return RECOVERY_FILES.read(file.toString());
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private static List<String> pcrValues(Site site) throws ToolFailure {
        try {
            return site.device().state(java.time.Duration.ofSeconds(30)).registers();
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private static void requireSwap(Site site, String device) throws ToolFailure, IOException {
        if (site.machine().lines("/proc/swaps").stream().noneMatch(line -> line.matches("\\Q" + device + "\\E\\s.*"))) {
            throw new ToolFailure(
                    USAGE, device + " is not in use as swap", "swapon " + device + ", then run this again");
        }
    }

    private static Optional<String> offeredSwap(Site site, Dialogue dialogue) throws ToolFailure, IOException {
        Optional<Finding> plain = site.examine().of(Verdict.PROBLEM).stream()
                .filter(finding -> finding.check().equals("swap"))
                .findFirst();
        return plain.isPresent() && dialogue.yes("Swap " + plain.get().what() + ". Encrypt all swap too", true)
                ? Optional.of(plain.get().what().replaceFirst("\\s.*", ""))
                : Optional.empty();
    }

    /** What a mount would hide, or could not read. */
    private static void requirePlaces(Wishes wishes, Site site) throws ToolFailure, IOException {
        for (String path : List.of(wishes.source(), wishes.mountPoint())) {
            if (site.machine().has(path)
                    && (!Files.isDirectory(site.machine().at(path))
                            || !site.machine().list(path).isEmpty())) {
                throw new ToolFailure(
                        FAILED,
                        path + " is not an empty directory",
                        "name an empty or a new one, and copy your files there when it is set up");
            }
        }
        String file = BootConfiguration.mainFile(site.machine());
        if (BootConfiguration.parse(file, site.machine().lines(file))
                .value(BootConfiguration.UUID)
                .isPresent()) {
            throw new ToolFailure(
                    FAILED,
                    file + " names a key already, and was not written by this program",
                    "a further directory gets a file /etc/ecryptfsj/mounts/NAME.conf; or move " + file + " away");
        }
    }

    private static void report(Wishes wishes, Work work, boolean json) throws IOException {
        String home = Account.current().home().toString();
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("tspi_uuid", work.uuid());
            result.put("bound_to", work.bindings());
            result.put("source", wishes.source());
            result.put("mount_point", wishes.mountPoint());
            result.put("mode", wishes.envelope() ? "envelope" : "direct");
            result.put("recovery", wishes.recovery().isPresent());
            result.put("changed", true);
            result.put("to_do", work.notes());
            Json.print(result);
            return;
        }
        work.say("Done: " + wishes.source() + " is mounted at " + wishes.mountPoint() + ", and tested.");
        work.notes().forEach(note -> work.say("Still to do: " + note + "."));
        work.say("Keep safe, away from this machine:");
        work.say("  " + home
                + "/.trousers/user.data and /var/lib/tpm/system.data, the TPM's keys, which only this TPM can"
                + " use");
        if (wishes.envelope()) {
            work.say("  " + home + "/.ecryptfs/kek, the sealed key of the files");
        }
        work.say("  the TPM's owner password");
        work.say(
                wishes.recovery().isPresent()
                        ? "  the recovery passphrase, on paper; with it: mount -t ecryptfs -o key=passphrase,"
                                + "ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,"
                                + "ecryptfs_enable_filename_crypto=n " + wishes.source() + " " + wishes.mountPoint()
                        : "  a backup of the files: without this TPM, in this state, nobody can read "
                                + wishes.source());
        work.say("To take it back: " + NAME + " --undo");
    }
}
