package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.tools.machine.Machine;

/**
 * The kernel's settings that keep one user out of another's programs: fs.protected_* (Documentation/admin-guide/sysctl/fs.rst
 * of the kernel), kernel.yama.ptrace_scope (Documentation/admin-guide/LSM/Yama.rst), fs.suid_dumpable and kernel.core_pattern
 * (core(5)).
 */
final class SysctlChecks {
    private static final String DIRECTORIES = "sysctl-protected";
    private static final String TRACING = "sysctl-ptrace";
    private static final String CORES = "sysctl-core";
    private static final String FILE = "/etc/sysctl.d/60-ecryptfsj.conf";

    /**
     * A setting and what is possible while it is off.
     *
     * @param minimum from which value on it protects
     */
    private record Setting(String name, int minimum, String risk) {
        String file() {
            return "/proc/sys/" + name.replace('.', '/');
        }
    }

    private static final List<Setting> PROTECTED = List.of(
            new Setting(
                    "fs.protected_symlinks",
                    1,
                    "a program that opens a file in /tmp or /dev/shm follows another user's link there"),
            new Setting(
                    "fs.protected_hardlinks",
                    1,
                    "a user gives another's file a second name, where a program of root's comes upon it"),
            new Setting(
                    "fs.protected_fifos",
                    1,
                    "a program that makes a file in /tmp or /dev/shm opens another user's pipe there, and writes to it"),
            new Setting(
                    "fs.protected_regular",
                    1,
                    "a program that makes a file in /tmp or /dev/shm opens another user's file there, and writes to it"));

    private static final Setting YAMA = new Setting(
            "kernel.yama.ptrace_scope",
            1,
            "every process of a user reads the memory and takes the descriptors of the user's other processes:"
                    + " passphrases that are typed, keys that are in use");

    private SysctlChecks() {}

    static List<Finding> sharedDirectories(DiagnosticContext context) throws IOException {
        List<Finding> weak = new ArrayList<>();
        for (Setting setting : PROTECTED) {
            weak(context.machine(), setting, DIRECTORIES).ifPresent(weak::add);
        }
        return weak.isEmpty()
                ? List.of(Finding.ok(
                        DIRECTORIES, "links, pipes and files of others in /tmp and /dev/shm are not followed"))
                : weak;
    }

    static List<Finding> tracing(DiagnosticContext context) throws IOException {
        return weak(context.machine(), YAMA, TRACING)
                .map(List::of)
                .orElse(List.of(Finding.ok(TRACING, "a process can trace its children only")));
    }

    static List<Finding> cores(DiagnosticContext context) throws IOException {
        Machine machine = context.machine();
        boolean plain = machine.text("/proc/sys/kernel/core_pattern")
                .filter(pattern -> !pattern.startsWith("|") && !pattern.startsWith("/"))
                .isPresent();
        Optional<String> dumpable = machine.text("/proc/sys/fs/suid_dumpable");
        boolean everywhere = dumpable.filter("1"::equals).isPresent();
        boolean intoDirectory = plain && dumpable.filter("2"::equals).isPresent();
        if (!everywhere && !intoDirectory) {
            return List.of(Finding.ok(CORES, "programs that have changed their user leave no memory dumps to others"));
        }
        return List.of(Finding.warning(
                CORES,
                "fs.suid_dumpable is " + dumpable.orElseThrow(),
                "a program that has changed its user, such as sudo or a login, leaves its memory in "
                        + (everywhere ? "a file of that user when it crashes" : "the directory it was started in"),
                fix("fs.suid_dumpable", 0)));
    }

    /** Nothing if it is as it should be. */
    private static Optional<Finding> weak(Machine machine, Setting setting, String check) throws IOException {
        Optional<String> value = machine.text(setting.file());
        if (value.filter(text -> text.matches("[0-9]{1,9}") && Integer.parseInt(text) >= setting.minimum())
                .isPresent()) {
            return Optional.empty();
        }
        return Optional.of(
                value.isPresent()
                        ? Finding.warning(
                                check,
                                setting.name() + " is " + value.get(),
                                setting.risk(),
                                fix(setting.name(), setting.minimum()))
                        : Finding.warning(
                                check,
                                "this kernel has no " + setting.name(),
                                setting.risk(),
                                "boot a kernel that has it, such as the distribution's stock kernel"));
    }

    private static String fix(String name, int value) {
        return "echo '" + name + " = " + value + "' >> " + FILE + "; sysctl -p " + FILE;
    }
}
