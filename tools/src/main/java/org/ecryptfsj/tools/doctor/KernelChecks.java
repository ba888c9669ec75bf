package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.kernel.EcryptfsVersion.Feature;
import org.ecryptfsj.kernel.ModprobeException;
import org.ecryptfsj.kernel.ModuleOptions;
import org.ecryptfsj.tools.machine.Machine;

/** The kernel's eCryptfs: whether it is there, what it can do, and its parameters (docs/spec/channel.md, section 1). */
final class KernelChecks {
    private static final String MODULE = "kernel-module";
    private static final String INTERFACE = "kernel-interface";
    private static final String TIMEOUT = "kernel-timeout";
    private static final String VERBOSITY = "kernel-verbosity";
    private static final String FILE = "/etc/modprobe.d/ecryptfsj.conf";

    /** What the kernel uses when nobody set it, in seconds. */
    private static final long DEFAULT_TIMEOUT = 3;

    /** A TPM of 2005 takes a second for one operation, and a queue is to be expected. */
    private static final long SHORTEST_WITH_TPM = 10;

    /** A queue as long as the kernel's (32 requests), before a TPM as slow as that, is empty long before. */
    private static final long LONGEST = 300;

    private KernelChecks() {}

    static List<Finding> module(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        String release = machine.text("/proc/sys/kernel/osrelease").orElse("unknown");
        if (context.moduleIsLoaded()) {
            return List.of(Finding.ok(MODULE, "eCryptfs is loaded, Linux " + release));
        }
        String modules = "/lib/modules/" + release;
        boolean installed = machine.lines(modules + "/modules.dep").stream()
                .anyMatch(line -> line.matches("[^:]*/ecryptfs\\.ko(\\.[a-z0-9]+)?:.*"));
        if (!installed) {
            return List.of(Finding.problem(
                    MODULE,
                    "the kernel " + release + " has no eCryptfs",
                    "there is no module ecryptfs in " + modules + ", so nothing can be mounted",
                    "apt-get install linux-image-amd64, or boot another kernel that has it"));
        }
        Optional<String> forbidden = forbidding(context);
        if (forbidden.isPresent()) {
            return List.of(Finding.problem(
                    MODULE,
                    "the kernel's module ecryptfs is not loaded, and may not be",
                    "modprobe's configuration forbids to load it (" + forbidden.get() + ")",
                    "grep -r 'install *ecryptfs' /etc/modprobe.d /run/modprobe.d /usr/lib/modprobe.d /lib/modprobe.d, remove"
                            + " that line, then modprobe ecryptfs"));
        }
        return List.of(Finding.problem(
                MODULE,
                "the kernel's module ecryptfs is not loaded",
                "without it there is no /dev/ecryptfs, and nothing can be mounted",
                "modprobe ecryptfs; at every boot: echo ecryptfs > /etc/modules-load.d/ecryptfsj.conf"));
    }

    static List<Finding> daemonInterface(DiagnosticContext context) throws IOException {
        Path file = context.machine().resolve("/sys/fs/ecryptfs/version");
        Optional<EcryptfsVersion> version = EcryptfsVersion.read(file);
        if (version.isEmpty()) {
            return List.of(Finding.skipped(INTERFACE, "the kernel's module is not loaded"));
        }
        if (version.get().has(Feature.PUBKEY) && version.get().has(Feature.MISCDEV)) {
            return List.of(Finding.ok(INTERFACE, "the kernel asks a daemon for keys, through /dev/ecryptfs"));
        }
        return List.of(Finding.problem(
                INTERFACE,
                "the kernel's eCryptfs asks no daemon for keys",
                "it was built without CONFIG_ECRYPT_FS_MESSAGING: passphrases work, TPM and RSA keys do not",
                "boot another kernel, such as the distribution's stock kernel (not a cloud or minimal one)"));
    }

    static List<Finding> timeout(DiagnosticContext context) {
        ModuleOptions options;
        try {
            options = context.kernelOptions();
        } catch (ModprobeException e) {
            return List.of(Finding.skipped(TIMEOUT, e.getMessage()));
        }
        long seconds = options.number("ecryptfs_message_wait_timeout").orElse(DEFAULT_TIMEOUT);
        String what =
                "modprobe.d has the kernel wait " + seconds + " s for an answer (ecryptfs_message_wait_timeout), unless"
                        + " modprobe's command line said otherwise";
        String fix = "echo 'options ecryptfs ecryptfs_message_wait_timeout=60' > " + FILE
                + ", then unmount all and: rmmod ecryptfs; modprobe ecryptfs";
        if (seconds > LONGEST) {
            return List.of(Finding.problem(
                    TIMEOUT,
                    what,
                    "when no daemon is left that could answer, a process that opens a file is kept so long, and cannot"
                            + " be killed",
                    fix));
        }
        if (seconds < SHORTEST_WITH_TPM && context.requiresTpm()) {
            return List.of(Finding.problem(
                    TIMEOUT, what, "a TPM that has several files to open takes longer: opens fail under load", fix));
        }
        return List.of(Finding.ok(TIMEOUT, what));
    }

    static List<Finding> verbosity(DiagnosticContext context) {
        ModuleOptions options;
        try {
            options = context.kernelOptions();
        } catch (ModprobeException e) {
            return List.of(Finding.skipped(VERBOSITY, e.getMessage()));
        }
        if (options.number("ecryptfs_verbosity").orElse(0) == 0) {
            return List.of(Finding.ok(VERBOSITY, "modprobe.d does not have the kernel's eCryptfs log keys"));
        }
        return List.of(Finding.problem(
                VERBOSITY,
                "the kernel's eCryptfs is set to log secret keys (ecryptfs_verbosity)",
                "with this parameter it writes file keys into the kernel log, and so to the disk",
                "remove ecryptfs_verbosity from /etc/modprobe.d and the kernel's command line, load the module again, and"
                        + " delete old kernel logs"));
    }

    /** Empty also if there is no modprobe that could be forbidden anything. */
    private static Optional<String> forbidding(DiagnosticContext context) {
        try {
            return context.kernelOptions().forbidding();
        } catch (ModprobeException e) {
            return Optional.empty();
        }
    }
}
