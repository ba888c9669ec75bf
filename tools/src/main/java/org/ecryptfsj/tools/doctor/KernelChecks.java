package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.EcryptfsVersion;
import org.ecryptfsj.linux.EcryptfsVersion.Feature;
import org.ecryptfsj.linux.ModuleOptions;
import org.ecryptfsj.tools.machine.Machine;

/** The kernel's eCryptfs: whether it is there, what it can do, and its parameters (spec channel.md, section 1). */
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

    /** The daemon answers within 30 seconds, whatever happens. */
    private static final long LONGEST = 300;

    private KernelChecks() {}

    static List<Finding> module(Patient patient) throws IOException {
        Machine machine = patient.machine();
        String release = machine.text("/proc/sys/kernel/osrelease").orElse("unknown");
        if (patient.moduleIsLoaded()) {
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
        Optional<ModuleOptions.Line> forbidden = options(machine).forbidding();
        if (forbidden.isPresent()) {
            return List.of(Finding.problem(
                    MODULE,
                    "the kernel's module ecryptfs is not loaded, and may not be",
                    forbidden.get().file() + " (" + forbidden.get().text().strip() + ") forbids to load it",
                    "remove that line, then modprobe ecryptfs"));
        }
        return List.of(Finding.problem(
                MODULE,
                "the kernel's module ecryptfs is not loaded",
                "without it there is no /dev/ecryptfs, and nothing can be mounted",
                "modprobe ecryptfs; at every boot: echo ecryptfs > /etc/modules-load.d/ecryptfsj.conf"));
    }

    static List<Finding> daemonInterface(Patient patient) throws IOException {
        Path file = patient.machine().at("/sys/fs/ecryptfs/version");
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

    static List<Finding> timeout(Patient patient) throws IOException {
        long seconds = options(patient.machine())
                .number("ecryptfs_message_wait_timeout")
                .orElse(DEFAULT_TIMEOUT);
        String what = "the kernel waits " + seconds + " s for an answer (ecryptfs_message_wait_timeout)";
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
        if (seconds < SHORTEST_WITH_TPM && patient.wantsTpm()) {
            return List.of(Finding.problem(
                    TIMEOUT, what, "a TPM that has several files to open takes longer: opens fail under load", fix));
        }
        return List.of(Finding.ok(TIMEOUT, what));
    }

    static List<Finding> verbosity(Patient patient) throws IOException {
        if (options(patient.machine()).number("ecryptfs_verbosity").orElse(0) == 0) {
            return List.of(Finding.ok(VERBOSITY, "the kernel's eCryptfs does not log keys"));
        }
        return List.of(Finding.problem(
                VERBOSITY,
                "the kernel's eCryptfs is set to log secret keys (ecryptfs_verbosity)",
                "with this parameter it writes file keys into the kernel log, and so to the disk",
                "remove ecryptfs_verbosity from /etc/modprobe.d, load the module again, and delete old kernel logs"));
    }

    private static ModuleOptions options(Machine machine) throws IOException {
        ModuleOptions options = ModuleOptions.of(machine.at("/"));
        if (!options.unread().isEmpty()) {
            throw options.unread().get(0);
        }
        return options;
    }
}
