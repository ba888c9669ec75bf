package org.ecryptfsj.daemon;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Capabilities;

/**
 * What the daemon holds of root's rights. A thread can give up its own only, so the launcher does it before Java has any; here it
 * is looked at what came of that, however the daemon was started.
 *
 * @param uid the daemon's effective user
 */
record DaemonRights(int uid, Capabilities held) {
    static DaemonRights ofThisProcess() throws IOException {
        return new DaemonRights(Account.effectiveUid(), Capabilities.ofThisProcess());
    }

    /** The capabilities, by name. */
    List<String> names() {
        return held.names();
    }

    /** A sentence if there are more than a daemon of this user needs, or more can be won. */
    Optional<String> warning() {
        List<String> more =
                uid == 0 ? held.namesExcept(Capabilities.IPC_LOCK, Capabilities.DAC_READ_SEARCH) : held.namesExcept();
        if (more.isEmpty() && held.noNewPrivileges()) {
            return Optional.empty();
        }
        return Optional.of("the daemon has more rights than it needs: "
                + (more.isEmpty()
                        ? "programs that it runs could win some (no_new_privs is not set)"
                        : String.join(", ", more))
                + ". setpriv(1) is missing, or not allowed to take them away. What to do: install util-linux, or set"
                + " CapabilityBoundingSet=CAP_IPC_LOCK CAP_DAC_READ_SEARCH and NoNewPrivileges=yes in its unit, or drop them"
                + " from its container");
    }
}
