package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.machine.Machine.Ownership;
import org.ecryptfsj.tools.machine.Machine.ProcessInfo;

/** The TPM as the kernel shows it, and tcsd, through which everybody uses it. */
final class TpmChecks {
    private static final String TPM = "tpm";
    private static final String STATE = "tpm-state";
    private static final String OWNER = "tpm-owner";
    private static final String PERMISSIONS = "tpm-device";
    private static final String TCSD = "tcsd";
    private static final String CONFIGURATION = "tcsd-conf";
    private static final String STORAGE = "tcsd-storage";
    private static final String ANSWERS = "tcsd-answers";

    private static final String CHIP = "/sys/class/tpm/tpm0";
    private static final String NODE = "/dev/tpm0";
    private static final String CONF = "/etc/tcsd.conf";
    private static final String DATA = "/var/lib/tpm/system.data";
    private static final String USER = "tss";
    private static final int CONF_MODE = 0640;
    private static final int GROUP_AND_OTHERS = 077;
    private static final String TCSD_REQUIRED = "it is the only way to the TPM for keys of TPM 1.2";
    private static final String NOT_REQUIRED = "nothing on this machine uses a TPM key";

    private TpmChecks() {}

    static List<Finding> chip(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        if (!machine.exists(CHIP) && !machine.exists(NODE)) {
            return List.of(
                    context.requiresTpm()
                            ? Finding.problem(
                                    TPM,
                                    "the kernel sees no TPM",
                                    "it is switched off in the firmware's set-up, its driver is missing, or there is none",
                                    "switch the TPM on in the firmware's set-up; then: modprobe tpm_tis; dmesg | grep -i tpm")
                            : Finding.ok(TPM, "there is none, and nothing uses one"));
        }
        if (machine.text(CHIP + "/tpm_version_major").orElse("1").equals("2")) {
            String what = "the chip is a TPM 2.0";
            return List.of(
                    context.requiresTpm()
                            ? Finding.problem(
                                    TPM,
                                    what,
                                    "the tspi key module uses TrouSerS, which speaks TPM 1.2 only",
                                    "set the TPM to version 1.2 in the firmware's set-up, if it can; else use a passphrase or"
                                            + " an RSA key (key=passphrase, key=openssl)")
                            : Finding.ok(TPM, what + ", and nothing uses it"));
        }
        return List.of(Finding.ok(TPM, "a TPM 1.2 is there"));
    }

    static List<Finding> state(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        Optional<String> enabled = machine.text(CHIP + "/enabled");
        Optional<String> active = machine.text(CHIP + "/active");
        if (!context.requiresTpm() || enabled.isEmpty()) {
            return List.of(Finding.skipped(STATE, context.requiresTpm() ? "the kernel does not tell" : NOT_REQUIRED));
        }
        if (enabled.get().equals("0")) {
            return List.of(
                    Finding.problem(
                            STATE,
                            "the TPM is disabled",
                            "its owner or the firmware has switched it off: every key operation fails",
                            "tpm_setenable -e -z with a well-known owner secret (without -z it asks), or the firmware's set-up"));
        }
        if (active.filter("0"::equals).isPresent()
                || machine.text(CHIP + "/temp_deactivated").filter("1"::equals).isPresent()) {
            return List.of(Finding.problem(
                    STATE,
                    "the TPM is deactivated",
                    "the firmware has it deactivated, for good or until the next boot: every key operation fails",
                    "tpm_setactive -a, or the firmware's set-up; then reboot"));
        }
        return List.of(Finding.ok(STATE, "the TPM is enabled and active"));
    }

    static List<Finding> owner(DiagnosticContext context) throws IOException {
        Optional<String> owned = context.machine().text(CHIP + "/owned");
        if (!context.requiresTpm() || owned.isEmpty()) {
            return List.of(Finding.skipped(OWNER, context.requiresTpm() ? "the kernel does not tell" : NOT_REQUIRED));
        }
        if (owned.get().equals("0")) {
            return List.of(Finding.problem(
                    OWNER,
                    "the TPM has no owner",
                    "so it has no storage root key, below which keys are made",
                    "tpm_takeownership -z; if it says \"No EK\", tpm_createek before"));
        }
        return List.of(Finding.ok(OWNER, "the TPM has an owner"));
    }

    static List<Finding> device(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        Optional<Ownership> ownership = machine.ownership(NODE);
        OptionalInt user = machine.uid(USER);
        if (!context.requiresTpm() || ownership.isEmpty() || user.isEmpty()) {
            return List.of(Finding.skipped(PERMISSIONS, context.requiresTpm() ? "there is none" : NOT_REQUIRED));
        }
        if (context.process("tcsd").isPresent()) {
            return List.of(Finding.ok(PERMISSIONS, "tcsd has " + NODE + " open"));
        }
        if (ownership.get().uid() != user.getAsInt()) {
            return List.of(Finding.problem(
                    PERMISSIONS,
                    NODE + " belongs to user " + ownership.get().uid() + ", not to " + USER,
                    "tcsd, which runs as user " + USER + ", cannot open it when it starts",
                    "chown " + USER + " " + NODE + ", and keep it so by a udev rule"));
        }
        return List.of(Finding.ok(PERMISSIONS, NODE + " belongs to tcsd's user"));
    }

    static List<Finding> tcsd(DiagnosticContext context) throws IOException {
        if (!context.requiresTpm()) {
            return List.of(Finding.skipped(TCSD, NOT_REQUIRED));
        }
        Optional<ProcessInfo> running = context.process("tcsd");
        if (running.isEmpty()) {
            boolean installed =
                    context.machine().exists("/usr/sbin/tcsd") || context.machine().exists("/sbin/tcsd");
            if (!installed) {
                return List.of(
                        Finding.problem(TCSD, "tcsd is not installed", TCSD_REQUIRED, "apt-get install trousers tpm-tools"));
            }
            Optional<KeyModuleException> known = context.tpm()
                    .flatMap(tpm -> context.askTpm(tpm).failure())
                    .filter(failure -> failure.reason() == Reason.NOT_READY);
            return List.of(Finding.problem(
                    TCSD,
                    "tcsd is not running",
                    known.map(KeyModuleException::getMessage).orElse(TCSD_REQUIRED),
                    known.map(KeyModuleException::advice)
                            .orElseGet(() -> context.init().start(context.machine(), "tcsd"))));
        }
        if (running.get().isStopped()) {
            return List.of(Finding.problem(
                    TCSD,
                    "tcsd is stopped (process " + running.get().pid() + ")",
                    "a signal holds it still: what asks the TPM waits for its deadline",
                    "kill -CONT " + running.get().pid()));
        }
        return List.of(
                Finding.ok(TCSD, "tcsd is running, process " + running.get().pid()));
    }

    static List<Finding> configuration(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        Optional<Ownership> ownership = machine.ownership(CONF);
        OptionalInt group = machine.gid(USER);
        if (!context.requiresTpm() || ownership.isEmpty() || group.isEmpty()) {
            return List.of(Finding.skipped(CONFIGURATION, context.requiresTpm() ? "there is none" : NOT_REQUIRED));
        }
        Ownership found = ownership.get();
        if (found.uid() != 0 || found.gid() != group.getAsInt() || found.mode() != CONF_MODE) {
            return List.of(Finding.problem(
                    CONFIGURATION,
                    CONF + " belongs to " + found.uid() + ":" + found.gid() + ", with mode " + found.octal(),
                    "tcsd refuses to start unless it is root:" + USER + " with mode 640",
                    "chown root:" + USER + " " + CONF + " && chmod 640 " + CONF));
        }
        return List.of(Finding.ok(CONFIGURATION, CONF + " is as tcsd wants it"));
    }

    static List<Finding> storage(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        Optional<Ownership> ownership = machine.ownership(DATA);
        if (!context.requiresTpm()) {
            return List.of(Finding.skipped(STORAGE, NOT_REQUIRED));
        }
        boolean owned = machine.text(CHIP + "/owned").filter("1"::equals).isPresent();
        if (ownership.isEmpty()) {
            return List.of(
                    owned
                            ? Finding.problem(
                                    STORAGE,
                                    DATA + " is missing, although the TPM has an owner",
                                    "it holds the storage root key's entry: without it tcsd finds no key",
                                    "restore it from a backup and restart tcsd; without one the TPM must be cleared and"
                                            + " owned anew, and its keys are lost")
                            : Finding.skipped(STORAGE, "the TPM has no owner yet"));
        }
        OptionalInt user = machine.uid(USER);
        int owner = ownership.get().uid();
        boolean ofTcsd = owner == 0 || (user.isPresent() && owner == user.getAsInt());
        if (!ofTcsd || (ownership.get().mode() & GROUP_AND_OTHERS) != 0) {
            return List.of(Finding.problem(
                    STORAGE,
                    DATA + " belongs to user " + owner + ", with mode "
                            + ownership.get().octal(),
                    "tcsd's user must read and write it, and nobody else",
                    "chown " + USER + ":" + USER + " " + DATA + " && chmod 600 " + DATA + ", then restart tcsd"));
        }
        return List.of(Finding.ok(STORAGE, DATA + " is there, for tcsd only"));
    }

    static List<Finding> answers(DiagnosticContext context) throws IOException {
        if (!context.requiresTpm()) {
            return List.of(Finding.skipped(ANSWERS, NOT_REQUIRED));
        }
        if (context.tpm().isEmpty()) {
            return List.of(Finding.problem(
                    ANSWERS,
                    "the tspi key module is not installed",
                    "it is what uses the TPM",
                    "install ecryptfsj again, or look into its module directory"));
        }
        if (context.machine().text(CHIP + "/enabled").filter("0"::equals).isPresent()) {
            return List.of(Finding.skipped(ANSWERS, "the TPM is disabled"));
        }
        if (context.process("tcsd").filter(tcsd -> !tcsd.isStopped()).isEmpty()) {
            return List.of(Finding.skipped(ANSWERS, "tcsd is not running"));
        }
        DiagnosticContext.TpmAnswer answer = context.askTpm(context.tpm().get());
        if (answer.failure().isPresent()) {
            return List.of(noAnswer(context, answer.failure().get()));
        }
        KeyDevice.State state = answer.state().orElseThrow();
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok(
                ANSWERS, "tcsd answers; the TPM has " + state.registers().size() + " PCRs"));
        boolean chipIsOwned =
                context.machine().text(CHIP + "/owned").filter("1"::equals).isPresent();
        if (!state.owned() && chipIsOwned && context.machine().exists(DATA)) {
            findings.add(Finding.problem(
                    STORAGE,
                    "tcsd knows no storage root key, although the TPM has an owner",
                    DATA + " is empty, of another machine, or tcsd was started before it was restored",
                    "restore it from a backup, then " + context.init().restart(context.machine(), "tcsd")));
        }
        return findings;
    }

    private static Finding noAnswer(DiagnosticContext context, KeyModuleException failure) {
        boolean unreachable = failure.reason() == Reason.SERVICE_UNAVAILABLE || failure.reason() == Reason.TIMED_OUT;
        return Finding.problem(
                ANSWERS,
                unreachable ? "tcsd is running, but does not answer" : "the TPM does not answer",
                failure.getMessage(),
                unreachable
                        ? context.init().restart(context.machine(), "tcsd") + "; if TSS_TCSD_PORT or the port in "
                                + CONF + " is set, both must be the same"
                        : failure.advice());
    }
}
