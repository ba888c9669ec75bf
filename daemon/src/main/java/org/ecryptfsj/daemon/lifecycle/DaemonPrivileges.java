package org.ecryptfsj.daemon.lifecycle;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Capabilities;

/**
 * Root's privileges that the daemon has. A thread can drop only its own, so the launcher drops them before Java starts; this
 * checks the result, for any way to start the daemon.
 *
 * @param uid effective user id of the daemon
 * @param held capabilities of the process
 */
public record DaemonPrivileges(int uid, Capabilities held) {
    /** @throws IOException if /proc cannot be read */
    public static DaemonPrivileges ofThisProcess() throws IOException {
        return new DaemonPrivileges(Account.effectiveUid(), Capabilities.ofThisProcess());
    }

    /** Names of the capabilities. */
    public List<String> names() {
        return held.names();
    }

    /** Warning if there are more privileges than a daemon of this user needs, or more can be gained. */
    public Optional<String> warning() {
        List<String> more =
                uid == 0 ? held.namesExcept(Capabilities.IPC_LOCK, Capabilities.DAC_READ_SEARCH) : held.namesExcept();
        if (more.isEmpty() && held.noNewPrivileges()) {
            return Optional.empty();
        }
        return Optional.of("the daemon has more privileges than it needs: "
                + (more.isEmpty()
                        ? "programs that it runs can gain some (no_new_privs is not set)"
                        : String.join(", ", more))
                + ". setpriv(1) is missing, or may not drop them. What to do: install util-linux, or set"
                + " CapabilityBoundingSet=CAP_IPC_LOCK CAP_DAC_READ_SEARCH and NoNewPrivileges=yes in its unit, or drop them"
                + " from its container");
    }
}
