package org.ecryptfsj.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The capabilities(7) that a process holds or can pass to programs it executes, as {@code /proc/PID/status} shows them (proc(5)).
 *
 * @param held the union of its permitted, inheritable and ambient sets; bit N is capability N of linux/capability.h
 * @param noNewPrivileges whether neither it nor a program it executes can gain more (PR_SET_NO_NEW_PRIVS)
 */
public record Capabilities(long held, boolean noNewPrivileges) {
    /** The right to lock more memory than the limit allows. */
    public static final int IPC_LOCK = 14;

    /** The right to read all files, regardless of their permissions. */
    public static final int DAC_READ_SEARCH = 2;

    private static final List<String> SETS = List.of("CapInh", "CapPrm", "CapAmb");

    /** In the order of linux/capability.h. */
    private static final List<String> NAMES = List.of(
            "chown",
            "dac_override",
            "dac_read_search",
            "fowner",
            "fsetid",
            "kill",
            "setgid",
            "setuid",
            "setpcap",
            "linux_immutable",
            "net_bind_service",
            "net_broadcast",
            "net_admin",
            "net_raw",
            "ipc_lock",
            "ipc_owner",
            "sys_module",
            "sys_rawio",
            "sys_chroot",
            "sys_ptrace",
            "sys_pacct",
            "sys_admin",
            "sys_boot",
            "sys_nice",
            "sys_resource",
            "sys_time",
            "sys_tty_config",
            "mknod",
            "lease",
            "audit_write",
            "audit_control",
            "setfcap",
            "mac_override",
            "mac_admin",
            "syslog",
            "wake_alarm",
            "block_suspend",
            "audit_read",
            "perfmon",
            "bpf",
            "checkpoint_restore");

    /**
     * The capabilities of this process.
     *
     * @throws IOException if /proc is not mounted
     */
    public static Capabilities ofThisProcess() throws IOException {
        return parse(Files.readString(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1));
    }

    /** @throws IOException if the text is not the status of a process */
    static Capabilities parse(String status) throws IOException {
        long held = 0;
        for (String set : SETS) {
            // Linux before 4.3 has no ambient set.
            Optional<String> bits = value(status, set);
            if (bits.isEmpty() && !set.equals("CapAmb")) {
                throw new IOException("/proc/self/status has no line " + set);
            }
            held |= bits.isEmpty() ? 0 : Long.parseUnsignedLong(bits.get(), 16);
        }
        return new Capabilities(
                held, value(status, "NoNewPrivs").filter("1"::equals).isPresent());
    }

    private static Optional<String> value(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).trim())
                .findFirst();
    }

    /** Whether the process holds this capability. */
    public boolean has(int capability) {
        return (held >>> capability & 1) == 1;
    }

    /** The names of the capabilities it holds, without the allowed ones. */
    public List<String> namesExcept(int... allowed) {
        long more = held;
        for (int capability : allowed) {
            more &= ~(1L << capability);
        }
        return names(more);
    }

    /** The names of all capabilities it holds. */
    public List<String> names() {
        return names(held);
    }

    private static List<String> names(long set) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < Long.SIZE; i++) {
            if ((set >>> i & 1) == 1) {
                names.add(i < NAMES.size() ? NAMES.get(i) : "capability " + i);
            }
        }
        return names;
    }
}
