package org.ecryptfsj.tools.machine;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The init system of a machine, with its commands. */
public enum InitSystem {
    /** systemd is process 1. */
    SYSTEMD,
    /** Scripts in /etc/init.d, linked by update-rc.d. */
    UPDATE_RC_D,
    /** Scripts in /etc/init.d, linked by chkconfig. */
    CHKCONFIG,
    /** No known init system. */
    NONE;

    private static final List<String> RUN_LEVELS = List.of("/etc/rc2.d", "/etc/rc3.d", "/etc/rc5.d", "/etc/rcS.d");

    /** Detects the init system of a machine. */
    public static InitSystem of(Machine machine) {
        if (machine.exists("/run/systemd/system")) {
            return SYSTEMD;
        }
        if (machine.exists("/usr/sbin/update-rc.d")) {
            return UPDATE_RC_D;
        }
        return machine.exists("/sbin/chkconfig") || machine.exists("/usr/sbin/chkconfig") ? CHKCONFIG : NONE;
    }

    /** Whether the machine has that service. */
    public boolean has(Machine machine, String service) {
        return this == SYSTEMD
                ? machine.exists("/usr/lib/systemd/system/" + service + ".service")
                        || machine.exists("/etc/systemd/system/" + service + ".service")
                        || machine.exists("/etc/init.d/" + service)
                : machine.exists("/etc/init.d/" + service);
    }

    /** Whether the machine starts this service at boot. */
    public boolean startsAtBoot(Machine machine, String service) throws IOException {
        if (this == SYSTEMD) {
            for (String directory : machine.list("/etc/systemd/system")) {
                if (directory.endsWith(".wants") && machine.exists(directory + "/" + service + ".service")) {
                    return true;
                }
            }
        }
        for (String directory : RUN_LEVELS) {
            if (machine.list(directory).stream().anyMatch(link -> link.matches(".*/S[0-9]{2}" + service))) {
                return true;
            }
        }
        return false;
    }

    /** The command that enables the service at boot; empty if it is unknown. */
    public Optional<List<String>> enable(String service) {
        return switch (this) {
            case SYSTEMD -> Optional.of(List.of("systemctl", "enable", service + ".service"));
            case UPDATE_RC_D -> Optional.of(List.of("update-rc.d", service, "defaults"));
            case CHKCONFIG -> Optional.of(List.of("chkconfig", "--add", service));
            case NONE -> Optional.empty();
        };
    }

    /** The command that disables the service at boot; empty if it is unknown. */
    public Optional<List<String>> disable(String service) {
        return switch (this) {
            case SYSTEMD -> Optional.of(List.of("systemctl", "disable", service + ".service"));
            case UPDATE_RC_D -> Optional.of(List.of("update-rc.d", "-f", service, "remove"));
            case CHKCONFIG -> Optional.of(List.of("chkconfig", "--del", service));
            case NONE -> Optional.empty();
        };
    }

    /** The command that starts the service now. Where the service is not installed, the program itself. */
    public String start(Machine machine, String service) {
        if (!has(machine, service)) {
            return service;
        }
        return this == SYSTEMD ? "systemctl start " + service : "/etc/init.d/" + service + " start";
    }

    /** The command that restarts the service. */
    public String restart(Machine machine, String service) {
        if (!has(machine, service)) {
            return "stop the process, then start " + service;
        }
        return this == SYSTEMD ? "systemctl restart " + service : "/etc/init.d/" + service + " restart";
    }
}
