package org.ecryptfsj.daemon;

import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.LinuxException;

/**
 * Where a user's daemon listens: {@code /run/ecryptfsj/control} for root, else {@code /run/user/UID/ecryptfsj/control}, or
 * {@code ~/.ecryptfs/control} on machines without user runtime directories.
 */
final class ControlAddress {
    private ControlAddress() {}

    static Path ofThisUser() {
        return of(Account.effectiveUid());
    }

    /** Where the daemon of that user listens. */
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
            throw new IllegalStateException("user " + uid + " has neither " + runtime + " nor a home directory", e);
        }
    }
}
