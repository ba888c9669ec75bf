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

/** Checks of the kernel's eCryptfs: availability, features and module parameters (docs/spec/channel.md, section 1). */
final class KernelChecks {
    private static final String MODULE = "kernel-module";
    private static final String INTERFACE = "kernel-interface";
    private static final String TIMEOUT = "kernel-timeout";
    private static final String VERBOSITY = "kernel-verbosity";
    private static final String FILE = "/etc/modprobe.d/ecryptfsj.conf";

    /** The kernel's default, in seconds. */
    private static final long DEFAULT_TIMEOUT = 3;

    /** An old TPM needs a second for one operation, and requests queue up. */
    private static final long MIN_SECONDS_WITH_TPM = 10;

    /** A slow TPM answers a full queue of the kernel (32 requests) in less time. */
    private static final long MAX_SECONDS = 300;

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
                    "there is no module ecryptfs in " + modules + ": nothing can be mounted",
                    "apt-get install linux-image-amd64, or boot another kernel with eCryptfs"));
        }
        Optional<String> forbidden = forbidding(context);
        if (forbidden.isPresent()) {
            return List.of(Finding.problem(
                    MODULE,
                    "the kernel module ecryptfs is not loaded, and loading it is forbidden",
                    "the configuration of modprobe forbids it (" + forbidden.get() + ")",
                    "grep -r 'install *ecryptfs' /etc/modprobe.d /run/modprobe.d /usr/lib/modprobe.d"
                            + " /lib/modprobe.d, remove"
                            + " that line, then modprobe ecryptfs"));
        }
        return List.of(Finding.problem(
                MODULE,
                "the kernel module ecryptfs is not loaded",
                "without it there is no /dev/ecryptfs and nothing can be mounted",
                "modprobe ecryptfs; at every boot: echo ecryptfs > /etc/modules-load.d/ecryptfsj.conf"));
    }

    static List<Finding> daemonInterface(DiagnosticContext context) throws IOException {
        Path file = context.machine().resolve("/sys/fs/ecryptfs/version");
        Optional<EcryptfsVersion> version = EcryptfsVersion.read(file);
        if (version.isEmpty()) {
            return List.of(Finding.skipped(INTERFACE, "the kernel module is not loaded"));
        }
        if (version.get().has(Feature.PUBKEY) && version.get().has(Feature.MISCDEV)) {
            return List.of(Finding.ok(INTERFACE, "the kernel requests keys from a daemon through /dev/ecryptfs"));
        }
        return List.of(Finding.problem(
                INTERFACE,
                "the kernel's eCryptfs cannot request keys from a daemon",
                "the kernel was built without CONFIG_ECRYPT_FS_MESSAGING: passphrases work, TPM and RSA keys do not",
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
        String what = "the kernel waits " + seconds + " s for an answer (ecryptfs_message_wait_timeout), according"
                + " to modprobe.d; modprobe's command line can have set another value";
        String fix = "echo 'options ecryptfs ecryptfs_message_wait_timeout=60' > " + FILE
                + ", then unmount all eCryptfs mounts and run: rmmod ecryptfs; modprobe ecryptfs";
        if (seconds > MAX_SECONDS) {
            return List.of(Finding.problem(
                    TIMEOUT,
                    what,
                    "without a daemon that answers, a process that opens a file waits this long and cannot be killed",
                    fix));
        }
        if (seconds < MIN_SECONDS_WITH_TPM && context.requiresTpm()) {
            return List.of(Finding.problem(
                    TIMEOUT, what, "a TPM needs longer for several files at once: opens fail under load", fix));
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
            return List.of(Finding.ok(VERBOSITY, "the kernel's eCryptfs does not log keys, according to modprobe.d"));
        }
        return List.of(Finding.problem(
                VERBOSITY,
                "the kernel's eCryptfs logs secret keys (ecryptfs_verbosity)",
                "this parameter writes file keys to the kernel log, and so to the disk",
                "remove ecryptfs_verbosity from /etc/modprobe.d and the kernel's command line, reload the"
                        + " module and delete old kernel logs"));
    }

    /** The line that forbids loading the module; empty also if there is no modprobe. */
    private static Optional<String> forbidding(DiagnosticContext context) {
        try {
            return context.kernelOptions().forbidding();
        } catch (ModprobeException e) {
            return Optional.empty();
        }
    }
}
