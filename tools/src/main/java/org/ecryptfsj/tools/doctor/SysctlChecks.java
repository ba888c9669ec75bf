package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.tools.machine.Machine;

/**
 * Checks of the kernel settings that protect a user's programs from other users: fs.protected_*
 * (Documentation/admin-guide/sysctl/fs.rst of the kernel), kernel.yama.ptrace_scope
 * (Documentation/admin-guide/LSM/Yama.rst), fs.suid_dumpable and kernel.core_pattern (core(5)).
 */
final class SysctlChecks {
    private static final String DIRECTORIES = "sysctl-protected";
    private static final String TRACING = "sysctl-ptrace";
    private static final String CORES = "sysctl-core";
    private static final String FILE = "/etc/sysctl.d/60-ecryptfsj.conf";

    /** A setting and the risk while it is off.
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
                    "a program that opens a file in /tmp or /dev/shm can follow a symbolic link of another user"),
            new Setting(
                    "fs.protected_hardlinks",
                    1,
                    "a user can make a hard link to another user's file where a program of root uses it"),
            new Setting(
                    "fs.protected_fifos",
                    1,
                    "a program that creates a file in /tmp or /dev/shm can open another user's pipe instead"
                            + " and write to it"),
            new Setting(
                    "fs.protected_regular",
                    1,
                    "a program that creates a file in /tmp or /dev/shm can open another user's file instead"
                            + " and write to it"));

    private static final Setting YAMA = new Setting(
            "kernel.yama.ptrace_scope",
            1,
            "each process of a user can read the memory and the open files of the user's other processes,"
                    + " including typed passphrases and keys in use");

    private SysctlChecks() {}

    static List<Finding> sharedDirectories(DiagnosticContext context) throws IOException {
        List<Finding> weak = new ArrayList<>();
        for (Setting setting : PROTECTED) {
            weak(context.machine(), setting, DIRECTORIES).ifPresent(weak::add);
        }
        return weak.isEmpty()
                ? List.of(Finding.ok(
                        DIRECTORIES,
                        "programs do not follow or open links, pipes and files of other users in"
                                + " /tmp and /dev/shm"))
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
            return List.of(Finding.ok(
                    CORES, "core dumps of programs that changed their user are not readable" + " for other users"));
        }
        return List.of(Finding.warning(
                CORES,
                "fs.suid_dumpable is " + dumpable.orElseThrow(),
                "a program that changed its user, such as sudo or login, writes a core dump to "
                        + (everywhere
                                ? "a file of that user when it crashes"
                                : "its working directory when" + " it crashes"),
                fix("fs.suid_dumpable", 0)));
    }

    /** A finding if the value does not protect. */
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
                                "boot a kernel with this setting, such as the distribution's stock kernel"));
    }

    private static String fix(String name, int value) {
        return "echo '" + name + " = " + value + "' >> " + FILE + "; sysctl -p " + FILE;
    }
}
