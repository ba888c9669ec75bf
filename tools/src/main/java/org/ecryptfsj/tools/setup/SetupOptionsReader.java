package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.options.PassphraseFile;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.doctor.Finding;
import org.ecryptfsj.tools.doctor.Finding.Verdict;
import org.ecryptfsj.tools.keyfile.KeyFilePath;
import org.ecryptfsj.tools.keys.KeyQuestions;
import picocli.CommandLine.ParseResult;

/**
 * Reads the options of a setup from the command line, and asks for those that are missing.
 *
 * @param arguments the command line
 * @param mode that the command line names
 * @param asks whether the user can be asked
 */
record SetupOptionsReader(
        ParseResult arguments, SetupMode mode, SetupContext context, SetupQuestions questions, boolean asks) {
    private static final PassphraseFile RECOVERY_FILE_FORMAT =
            new PassphraseFile("--recovery-passphrase", List.of("passphrase_passwd", "passwd"));

    /**
     * The options.
     *
     * @return closed by the caller
     * @throws ToolFailure if an option is missing or wrong
     */
    SetupOptions read() throws ToolFailure, IOException {
        Optional<String> source = Grammar.text(arguments, "--source");
        Optional<String> mountPoint = Grammar.text(arguments, "--mount-point");
        Optional<String> pcrs = Grammar.text(arguments, "--pcrs");
        if (!asks && (source.isEmpty() || mountPoint.isEmpty() || pcrs.isEmpty())) {
            throw new ToolFailure(
                    SetupTpm.USAGE,
                    "--yes and --dry-run need --source, --mount-point and --pcrs",
                    "give all three options");
        }
        Optional<String> swap = Grammar.text(arguments, "--encrypted-swap");
        if (swap.isPresent()) {
            requireSwap(swap.get());
        }
        String from = source.isPresent()
                ? SetupOptions.path(source.get())
                : questions.directory("Directory for the encrypted files", "/secret.encrypted");
        String to = mountPoint.isPresent()
                ? SetupOptions.path(mountPoint.get())
                : questions.directory("Mount point", "/secret");
        var registers = pcrs.isPresent() ? SetupQuestions.registers(pcrs.get()) : askForPcrs();
        if (asks && swap.isEmpty()) {
            swap = askForSwap();
        }
        Path file = arguments.matchedOptionValue("--recovery-passphrase-file", null);
        String keyFile = keyFile(to);
        Optional<Secret> recovery = file != null
                ? Optional.of(passphrase(file))
                : asks && mode != SetupMode.KEY_FILE ? questions.recovery() : Optional.empty();
        return new SetupOptions(from, to, registers, mode, keyFile, recovery, swap, checksNextBoot(registers));
    }

    private boolean checksNextBoot(SortedSet<Integer> registers) throws ToolFailure, IOException {
        boolean given = arguments.hasMatchedOption(SetupTpm.CHECK_NEXT_BOOT);
        if (!context.hasTpm2() || registers.isEmpty()) {
            if (given) {
                throw new ToolFailure(
                        SetupTpm.USAGE,
                        SetupTpm.CHECK_NEXT_BOOT + " needs a TPM 2.0, and PCRs to bind the key file to",
                        "leave it out");
            }
            return false;
        }
        return given || (asks && questions.checkNextBoot());
    }

    /** A path that does not exist yet, with a name like that of the mount point. */
    private String keyFile(String mountPoint) {
        String name = mountPoint.substring(mountPoint.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9_-]", "_");
        String path = KeyFilePath.OF_ROOT + "/" + name + KeyFilePath.SUFFIX;
        for (int number = 2; context.machine().exists(path); number++) {
            path = KeyFilePath.OF_ROOT + "/" + name + "-" + number + KeyFilePath.SUFFIX;
        }
        return path;
    }

    private static Secret passphrase(Path file) throws ToolFailure {
        try {
            return RECOVERY_FILE_FORMAT.read(file.toString());
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private SortedSet<Integer> askForPcrs() throws ToolFailure, IOException {
        return context.hasTpm2() ? questions.pcrs(Tpm2Registers.read(context.tpm2())) : questions.pcrs(pcrValues());
    }

    private List<String> pcrValues() throws ToolFailure {
        try {
            return context.device().state(Duration.ofSeconds(30)).registers();
        } catch (KeyModuleException e) {
            throw KeyQuestions.failure(e);
        }
    }

    private void requireSwap(String device) throws ToolFailure, IOException {
        if (context.machine().lines("/proc/swaps").stream()
                .noneMatch(line -> line.matches("\\Q" + device + "\\E\\s.*"))) {
            throw new ToolFailure(
                    SetupTpm.USAGE,
                    device + " is not in use as swap",
                    "swapon " + device + ", then run this command again");
        }
    }

    private Optional<String> askForSwap() throws ToolFailure, IOException {
        Optional<Finding> plain = context.examine().of(Verdict.PROBLEM).stream()
                .filter(finding -> finding.check().equals("swap"))
                .findFirst();
        return plain.isPresent() && questions.yes("Swap on " + plain.get().what() + ". Encrypt all swap", true)
                ? Optional.of(plain.get().what().replaceFirst("\\s.*", ""))
                : Optional.empty();
    }
}
