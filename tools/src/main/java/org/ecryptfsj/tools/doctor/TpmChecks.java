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
import org.ecryptfsj.tools.machine.TpmVersion;

/** Checks of the TPM, as the kernel shows it, and of tcsd, the daemon through which programs use it. */
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
    private static final String TCSD_REQUIRED = "tcsd is required for keys of a TPM 1.2";
    private static final String NOT_REQUIRED = "no mount on this machine uses a TPM key";

    private TpmChecks() {}

    static List<Finding> chip(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        if (!machine.exists(CHIP) && !machine.exists(NODE)) {
            return List.of(
                    context.requiresTpm()
                            ? Finding.problem(
                                    TPM,
                                    "the kernel has no TPM device",
                                    "it is disabled in the firmware setup, its driver is missing, or there is none",
                                    "enable the TPM in the firmware setup, then run: modprobe tpm_tis; dmesg"
                                            + " | grep -i tpm")
                            : Finding.ok(TPM, "there is no TPM and no mount uses one"));
        }
        if (TpmVersion.isTwo(machine)) {
            String what = "the TPM has version 2.0";
            return List.of(
                    context.requiresTpm()
                            ? Finding.problem(
                                    TPM,
                                    what,
                                    "the tspi key module uses TrouSerS, which supports TPM 1.2 only",
                                    "make a key file with the TPM 2.0, which needs no tcsd: ecryptfs-key create NAME"
                                            + " --tpm2 -p 7 --recovery")
                            : Finding.ok(TPM, what + "; key files use it with --tpm2"));
        }
        return List.of(Finding.ok(TPM, "the TPM has version 1.2"));
    }

    static List<Finding> state(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        Optional<String> enabled = machine.text(CHIP + "/enabled");
        Optional<String> active = machine.text(CHIP + "/active");
        if (!context.requiresTpm() || enabled.isEmpty()) {
            return List.of(
                    Finding.skipped(STATE, context.requiresTpm() ? "the kernel does not report it" : NOT_REQUIRED));
        }
        if (enabled.get().equals("0")) {
            return List.of(Finding.problem(
                    STATE,
                    "the TPM is disabled",
                    "its owner or the firmware has disabled it: every key operation fails",
                    "tpm_setenable -e -z for the well-known owner secret, without -z for another one;"
                            + " or enable it in the firmware setup"));
        }
        if (active.filter("0"::equals).isPresent()
                || machine.text(CHIP + "/temp_deactivated").filter("1"::equals).isPresent()) {
            return List.of(Finding.problem(
                    STATE,
                    "the TPM is deactivated",
                    "it is deactivated permanently or until the next boot: every key operation fails",
                    "tpm_setactive -a, or activate it in the firmware setup; then reboot"));
        }
        return List.of(Finding.ok(STATE, "the TPM is enabled and active"));
    }

    static List<Finding> owner(DiagnosticContext context) throws IOException {
        Optional<String> owned = context.machine().text(CHIP + "/owned");
        if (!context.requiresTpm() || owned.isEmpty()) {
            return List.of(
                    Finding.skipped(OWNER, context.requiresTpm() ? "the kernel does not report it" : NOT_REQUIRED));
        }
        if (owned.get().equals("0")) {
            return List.of(Finding.problem(
                    OWNER,
                    "the TPM has no owner",
                    "without an owner there is no storage root key, which protects all other keys",
                    "tpm_takeownership -z; if it reports \"No EK\", run tpm_createek first"));
        }
        return List.of(Finding.ok(OWNER, "the TPM has an owner"));
    }

    static List<Finding> device(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        Optional<Ownership> ownership = machine.ownership(NODE);
        OptionalInt user = machine.uid(USER);
        if (!context.requiresTpm() || ownership.isEmpty() || user.isEmpty()) {
            return List.of(Finding.skipped(
                    PERMISSIONS,
                    context.requiresTpm() ? "the file or the user of tcsd" + " does not exist" : NOT_REQUIRED));
        }
        if (context.process("tcsd").isPresent()) {
            return List.of(Finding.ok(PERMISSIONS, "tcsd has " + NODE + " open"));
        }
        if (ownership.get().uid() != user.getAsInt()) {
            return List.of(Finding.problem(
                    PERMISSIONS,
                    NODE + " belongs to user " + ownership.get().uid() + ", not to " + USER,
                    "tcsd runs as user " + USER + " and cannot open it at start",
                    "chown " + USER + " " + NODE + ", and add a udev rule that sets the owner"));
        }
        return List.of(Finding.ok(PERMISSIONS, NODE + " belongs to the user of tcsd"));
    }

    static List<Finding> tcsd(DiagnosticContext context) throws IOException {
        if (!context.requiresTpm()) {
            return List.of(Finding.skipped(TCSD, NOT_REQUIRED));
        }
        Optional<ProcessInfo> running = context.process("tcsd");
        if (running.isEmpty()) {
            boolean installed = context.machine().exists("/usr/sbin/tcsd")
                    || context.machine().exists("/sbin/tcsd");
            if (!installed) {
                return List.of(Finding.problem(
                        TCSD, "tcsd is not installed", TCSD_REQUIRED, "apt-get install" + " trousers tpm-tools"));
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
                    "a signal has stopped it: requests to the TPM wait until their time limit",
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
            return List.of(Finding.skipped(
                    CONFIGURATION,
                    context.requiresTpm() ? "the file or the user of" + " tcsd does not exist" : NOT_REQUIRED));
        }
        Ownership found = ownership.get();
        if (found.uid() != 0 || found.gid() != group.getAsInt() || found.mode() != CONF_MODE) {
            return List.of(Finding.problem(
                    CONFIGURATION,
                    CONF + " belongs to " + found.uid() + ":" + found.gid() + ", with mode " + found.octal(),
                    "tcsd does not start unless owner and group are root:" + USER + " and the mode is 640",
                    "chown root:" + USER + " " + CONF + " && chmod 640 " + CONF));
        }
        return List.of(Finding.ok(CONFIGURATION, CONF + " has the owner, group and mode that tcsd requires"));
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
                                    "it contains the entry of the storage root key: without it tcsd finds no key",
                                    "restore it from a backup and restart tcsd; without a backup, clear the"
                                            + " TPM and take ownership again, which loses its keys")
                            : Finding.skipped(STORAGE, "the TPM has no owner"));
        }
        OptionalInt user = machine.uid(USER);
        int owner = ownership.get().uid();
        boolean ofTcsd = owner == 0 || (user.isPresent() && owner == user.getAsInt());
        if (!ofTcsd || (ownership.get().mode() & GROUP_AND_OTHERS) != 0) {
            return List.of(Finding.problem(
                    STORAGE,
                    DATA + " belongs to user " + owner + ", with mode "
                            + ownership.get().octal(),
                    "only the user of tcsd may read and write it",
                    "chown " + USER + ":" + USER + " " + DATA + " && chmod 600 " + DATA + ", then restart tcsd"));
        }
        return List.of(Finding.ok(STORAGE, DATA + " exists, for tcsd only"));
    }

    static List<Finding> answers(DiagnosticContext context) throws IOException {
        if (!context.requiresTpm()) {
            return List.of(Finding.skipped(ANSWERS, NOT_REQUIRED));
        }
        if (context.tpm().isEmpty()) {
            return List.of(Finding.problem(
                    ANSWERS,
                    "the tspi key module is not installed",
                    "the tspi key module is required to use the TPM",
                    "reinstall ecryptfsj, or check its module directory"));
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
                    "tcsd has no storage root key, although the TPM has an owner",
                    DATA + " is empty or from another machine, or tcsd was started before it was restored",
                    "restore it from a backup, then " + context.init().restart(context.machine(), "tcsd")));
        }
        return findings;
    }

    private static Finding noAnswer(DiagnosticContext context, KeyModuleException failure) {
        boolean unreachable = failure.reason() == Reason.SERVICE_UNAVAILABLE || failure.reason() == Reason.TIMED_OUT;
        return Finding.problem(
                ANSWERS,
                unreachable ? "tcsd is running but does not answer" : "the TPM does not answer",
                failure.getMessage(),
                unreachable
                        ? context.init().restart(context.machine(), "tcsd") + "; if TSS_TCSD_PORT or the port" + " in "
                                + CONF + " is set, both must be equal"
                        : failure.advice());
    }
}
