package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;

/** The questions of an interactive setup. */
final class SetupQuestions {
    private static final String DEFAULT_PCRS = "0,2,3";
    private static final String RESET_VALUE = "0".repeat(40);

    /**
     * What a TPM 1.2 machine with a BIOS measures into each PCR (TCG PC Client specification for conventional BIOS).
     */
    private static final Map<Integer, String> MEASURED_COMPONENTS = Map.of(
            0, "the firmware",
            1, "the firmware's settings and the hardware",
            2, "the firmware of expansion cards",
            3, "the settings of expansion cards",
            4, "the boot loader",
            5, "the boot loader's settings",
            6, "wake-up and changes of power state",
            7, "reserved for the manufacturer");

    private final Terminal terminal;
    private final Questions questions;

    SetupQuestions(Terminal terminal) {
        this.terminal = terminal;
        this.questions = new Questions(terminal);
    }

    boolean yes(String prompt, boolean suggestion) throws ToolFailure, IOException {
        return questions.yesNo(prompt, suggestion);
    }

    String directory(String prompt, String suggestion) throws ToolFailure, IOException {
        try (Secret answer = questions.text(prompt, true, Optional.of(suggestion))) {
            return SetupOptions.path(
                    StandardCharsets.UTF_8.decode(answer.buffer()).toString());
        }
    }

    /** Explains what can be wrong with PCRs that were read once, and asks whether the next boot is to show it. */
    boolean checkNextBoot() throws ToolFailure, IOException {
        terminal.print(
                """

                Some firmware measures something else after power off than after a restart. With a check in the next boot the
                TPM opens the key file there even if a PCR has changed, once, and the log of the boot names the PCR. Until
                then a person who has this machine and its disk can open the files.

                """);
        return yes("Check the PCRs in the next boot", true);
    }

    /** Explains the PCRs of a TPM 1.2 with their current values and asks which to use. */
    SortedSet<Integer> pcrs(List<String> values) throws ToolFailure, IOException {
        terminal.print(explanation(values));
        return pcrs(DEFAULT_PCRS);
    }

    /** Explains the PCRs of a TPM 2.0 and asks which to use. */
    SortedSet<Integer> pcrs(Tpm2Registers offered) throws ToolFailure, IOException {
        terminal.print(offered.explanation());
        return pcrs(offered.proposal());
    }

    private SortedSet<Integer> pcrs(String proposal) throws ToolFailure, IOException {
        try (Secret answer = questions.text("PCRs to bind the key to, or none", true, Optional.of(proposal))) {
            return registers(StandardCharsets.UTF_8.decode(answer.buffer()).toString());
        }
    }

    static String explanation(List<String> values) {
        StringBuilder text = new StringBuilder(
                """

                The PCRs of the TPM contain measurements of the boot process. A key that is bound to PCRs can be used
                only while the PCRs have the values that they have now. The files then open on this machine only, and
                only after the same boot process. An update of a measured component changes the value: then the recovery
                code opens the files, and ecryptfs-key rebind binds the key to the new values. With --envelope and --direct
                the recovery passphrase opens them, and you create a new key.

                """);
        for (int register = 0; register < values.size() && register < MEASURED_COMPONENTS.size(); register++) {
            text.append("  PCR %d  %s  %s%s%n"
                    .formatted(
                            register,
                            values.get(register),
                            MEASURED_COMPONENTS.get(register),
                            values.get(register).equals(RESET_VALUE) ? " (no measurement)" : ""));
        }
        return text.append(
                        """

                        PCRs 0, 2 and 3 change with the firmware and the expansion cards, 4 and 5 with the boot loader. None of
                        them measures the kernel. Some boot loaders measure it, usually into 8 and above.

                        """)
                .toString();
    }

    /** Parses a list such as 0,2,3.
     *
     * @throws ToolFailure wrong usage, if it is not a list of PCRs
     */
    static SortedSet<Integer> registers(String list) throws ToolFailure {
        SortedSet<Integer> registers = new TreeSet<>();
        if (list.equals("none")) {
            return registers;
        }
        for (String number : list.split("[, ]+", -1)) {
            if (!number.matches("[0-9]{1,2}")) {
                throw new ToolFailure(
                        SetupTpm.USAGE,
                        "\"" + list + "\" is not a list of PCRs",
                        "give numbers such as" + " 0,2,3, or none");
            }
            registers.add(Integer.parseInt(number));
        }
        return registers;
    }

    /** Asks for the recovery passphrase. The caller closes it; empty if the user declines. */
    Optional<Secret> recovery() throws ToolFailure, IOException {
        terminal.print(
                """

                A recovery passphrase opens the files when the TPM key cannot be used: after an update, or with the disk
                in another machine. This machine stores it encrypted with the TPM key. Write it down and keep it safe.

                """);
        if (!questions.yesNo("Set a recovery passphrase", true)) {
            return Optional.empty();
        }
        return Optional.of(questions.textTwice(
                "Recovery passphrase (16 characters or more)", "Recovery passphrase (again)", false, Optional.empty()));
    }
}
