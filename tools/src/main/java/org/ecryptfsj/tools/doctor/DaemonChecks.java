package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ecryptfsj.tools.machine.Machine;
import org.ecryptfsj.tools.machine.Machine.Ownership;
import org.ecryptfsj.tools.machine.Machine.ProcessInfo;

/** Checks of /dev/ecryptfs and of the daemon that serves it. */
final class DaemonChecks {
    private static final String DEVICE = "device";
    private static final String DAEMON = "daemon";
    private static final String PID_FILE = "pid-file";
    private static final String FILE = "/dev/ecryptfs";
    private static final int GROUP_AND_OTHERS = 077;
    private static final String DEFAULT_STALL_LIMIT = "30";
    private static final List<String> PID_FILES = List.of("/run/ecryptfsd.pid", "/run/ecryptfsj/ecryptfsd.pid");

    private DaemonChecks() {}

    static List<Finding> device(DiagnosticContext context) throws IOException {
        if (!context.moduleIsLoaded()) {
            return List.of(Finding.skipped(DEVICE, "the kernel module is not loaded"));
        }
        Optional<Ownership> ownership = context.machine().ownership(FILE);
        if (ownership.isEmpty()) {
            return List.of(Finding.problem(
                    DEVICE,
                    FILE + " does not exist, although the kernel module is loaded",
                    "the device node was removed, or /dev is not a devtmpfs: no daemon can reach the kernel",
                    "mknod -m 600 " + FILE + " c 10 $(awk '$2 == \"ecryptfs\" {print $1}' /proc/misc)"));
        }
        if (ownership.get().uid() != 0 || (ownership.get().mode() & GROUP_AND_OTHERS) != 0) {
            return List.of(Finding.problem(
                    DEVICE,
                    FILE + " belongs to user " + ownership.get().uid() + ", with mode "
                            + ownership.get().octal(),
                    "a user who can open it can answer another user's request and so choose the key of that"
                            + " user's new file",
                    "chown root:root " + FILE + " && chmod 600 " + FILE + ", and look for a udev rule that"
                            + " sets the mode"));
        }
        return List.of(Finding.ok(DEVICE, FILE + " exists, for root only"));
    }

    static List<Finding> daemon(DiagnosticContext context) throws IOException {
        if (!context.moduleIsLoaded()) {
            return List.of(Finding.skipped(DAEMON, "the kernel module is not loaded"));
        }
        List<ProcessInfo> holders = context.channelHolders();
        if (holders.isEmpty() && !context.mayNeedDaemon()) {
            return List.of(Finding.skipped(
                    DAEMON, "no ecryptfsd is running, and the configured mounts open files without it"));
        }
        if (holders.isEmpty()) {
            return List.of(Finding.problem(
                    DAEMON,
                    "no ecryptfsd is running",
                    "no process has " + FILE + " open: files with TPM or RSA keys cannot be opened",
                    context.init().start(context.machine(), "ecryptfsd")));
        }
        List<ProcessInfo> all = context.machine().processes();
        return holders.stream()
                .filter(holder -> holder.isStopped() || !isSupervisor(holder, all))
                .map(holder -> isSupervisor(holder, all) ? stoppedSupervisor(holder) : assess(holder))
                .toList();
    }

    private static Finding stoppedSupervisor(ProcessInfo parent) {
        return Finding.problem(
                DAEMON,
                "the supervisor of ecryptfsd is stopped (process " + parent.pid() + ")",
                "a signal has stopped it: it does not forward signals to the daemon and does not restart it"
                        + " after a crash",
                "kill -CONT " + parent.pid());
    }

    /** The supervisor keeps the device open for the next daemon. */
    private static boolean isSupervisor(ProcessInfo process, List<ProcessInfo> all) {
        return all.stream().anyMatch(child -> isEcryptfsdOfThisPackage(child) && child.parent() == process.pid());
    }

    private static Finding assess(ProcessInfo holder) {
        if (!isEcryptfsdOfThisPackage(holder)) {
            boolean ecryptfsUtils = holder.name().equals("ecryptfsd");
            return Finding.problem(
                    DAEMON,
                    (ecryptfsUtils ? "the ecryptfsd of ecryptfs-utils" : "another program, " + holder.name() + ",")
                            + " holds "
                            + FILE + " (process " + holder.pid() + ")",
                    "the kernel allows one daemon for each user: the ecryptfsd of this package cannot start"
                            + (ecryptfsUtils ? ", and files in envelope mode cannot be opened" : ""),
                    "kill " + holder.pid() + ", then start ecryptfsd");
        }
        if (holder.isStopped()) {
            return Finding.problem(
                    DAEMON,
                    "ecryptfsd is stopped (process " + holder.pid() + ")",
                    "a signal has stopped it: a process that opens a file waits for the kernel's timeout",
                    "kill -CONT " + holder.pid());
        }
        return Finding.ok(DAEMON, "ecryptfsd is running, process " + holder.pid() + " (" + requestLimits(holder) + ")");
    }

    /** The limits in the daemon's command line, or the defaults of ecryptfsd(8). */
    private static String requestLimits(ProcessInfo daemon) {
        return "stall limit " + option(daemon, "--stall-limit").orElse(DEFAULT_STALL_LIMIT) + " s, deadline "
                + option(daemon, "--deadline").map(seconds -> seconds + " s").orElse("none");
    }

    private static Optional<String> option(ProcessInfo daemon, String name) {
        Matcher given = Pattern.compile(" " + name + "[= ](\\S+)").matcher(daemon.commandLine());
        return given.find() ? Optional.of(given.group(1)) : Optional.empty();
    }

    private static boolean isEcryptfsdOfThisPackage(ProcessInfo process) {
        return process.commandLine().contains("org.ecryptfsj.daemon.Ecryptfsd");
    }

    static List<Finding> pidFile(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        List<Finding> findings = new ArrayList<>();
        for (String file : PID_FILES) {
            Optional<String> text = machine.text(file);
            if (text.isPresent()) {
                List<ProcessInfo> all = machine.processes();
                boolean names = all.stream()
                        .filter(process -> isEcryptfsdOfThisPackage(process) || isSupervisor(process, all))
                        .anyMatch(process -> text.get().equals(String.valueOf(process.pid())));
                findings.add(
                        names
                                ? Finding.ok(PID_FILE, file + " names the running daemon")
                                : Finding.problem(
                                        PID_FILE,
                                        file + " is stale: there is no ecryptfsd with process id \"" + text.get()
                                                + "\"",
                                        "a daemon was killed or the machine crashed; a boot script can"
                                                + " believe that the daemon is running",
                                        "rm " + file));
            }
        }
        return findings.isEmpty() ? List.of(Finding.skipped(PID_FILE, "there is no pid file")) : findings;
    }
}
