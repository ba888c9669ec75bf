package org.ecryptfsj.daemon.control;

import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;

/**
 * Path of a user's control socket: {@code /run/ecryptfsj/control} for root, else {@code /run/user/UID/ecryptfsj/control}, or
 * {@code ~/.ecryptfs/control} on machines without user runtime directories.
 */
public final class ControlSocketPath {
    private ControlSocketPath() {}

    /** The control socket of the effective user. */
    public static Path ofThisUser() {
        return of(Account.effectiveUid());
    }

    /** The control socket of that user. */
    static Path of(int uid) {
        if (uid == 0) {
            return Path.of("/run/ecryptfsj/control");
        }
        Path runtime = Path.of("/run/user", Integer.toUnsignedString(uid));
        if (Files.isDirectory(runtime)) {
            return runtime.resolve("ecryptfsj/control");
        }
        try {
            return Account.of(uid).home().resolve(".ecryptfs/control");
        } catch (LinuxException e) {
            throw new IllegalStateException(
                    "no place for the control socket: user " + uid + " has neither " + runtime
                            + " nor a home directory",
                    e);
        }
    }
}
