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

/** The questions of a guided set-up. */
final class SetupQuestions {
    private static final String DEFAULT_PCRS = "0,2,3";
    private static final String RESET_VALUE = "0".repeat(40);

    /** What TPM 1.2 machines with a BIOS measure into each (TCG PC Client specification for conventional BIOS). */
    private static final Map<Integer, String> MEASURED_COMPONENTS = Map.of(
            0, "the firmware",
            1, "the firmware's settings and the hardware",
            2, "the firmware of added cards",
            3, "the settings of added cards",
            4, "the boot loader",
            5, "the boot loader's settings",
            6, "wake-up and changes of power state",
            7, "the manufacturer's own");

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
            return SetupOptions.path(StandardCharsets.UTF_8.decode(answer.buffer()).toString());
        }
    }

    /** Explains the PCRs with their present values, and asks. */
    SortedSet<Integer> pcrs(List<String> values) throws ToolFailure, IOException {
        terminal.print(explanation(values));
        try (Secret answer = questions.text("PCRs to bind the key to, or none", true, Optional.of(DEFAULT_PCRS))) {
            return registers(StandardCharsets.UTF_8.decode(answer.buffer()).toString());
        }
    }

    static String explanation(List<String> values) {
        StringBuilder text = new StringBuilder(
                """

                The TPM keeps in its PCRs what the machine measured while it booted. A key bound to PCRs can be used
                only while these have the values that they have now; so the files open on this machine only, booted
                as it is now. An update of what is measured changes the value: then the recovery passphrase opens the
                files, and a new key is made.

                """);
        for (int register = 0; register < values.size() && register < MEASURED_COMPONENTS.size(); register++) {
            text.append("  PCR %d  %s  %s%s%n"
                    .formatted(
                            register,
                            values.get(register),
                            MEASURED_COMPONENTS.get(register),
                            values.get(register).equals(RESET_VALUE) ? " (nothing was measured)" : ""));
        }
        return text.append(
                        """

                        0, 2 and 3 change with the firmware and with cards; 4 and 5 with the boot loader. None of them
                        measures the kernel, unless your boot loader does that (into 8 and above, mostly).

                        """)
                .toString();
    }

    /**
     * Reads a list such as 0,2,3.
     *
     * @throws ToolFailure usage, if it is none
     */
    static SortedSet<Integer> registers(String list) throws ToolFailure {
        SortedSet<Integer> registers = new TreeSet<>();
        if (list.equals("none")) {
            return registers;
        }
        for (String number : list.split("[, ]+", -1)) {
            if (!number.matches("[0-9]{1,2}")) {
                throw new ToolFailure(
                        SetupTpm.USAGE, "\"" + list + "\" is no list of PCRs", "give numbers such as 0,2,3, or none");
            }
            registers.add(Integer.parseInt(number));
        }
        return registers;
    }

    /** Closed by the caller; empty if none is wanted. */
    Optional<Secret> recovery() throws ToolFailure, IOException {
        terminal.print(
                """

                A recovery passphrase opens the files when the TPM does not: after an update, or with the disk in
                another machine. It is kept here encrypted by the TPM key, and on paper by you.

                """);
        if (!questions.yesNo("Set a recovery passphrase", true)) {
            return Optional.empty();
        }
        return Optional.of(questions.textTwice(
                "Recovery passphrase (16 characters or more)", "The same again", false, Optional.empty()));
    }
}
