package org.ecryptfsj.daemon.guard;

import java.util.List;
import org.ecryptfsj.keyfile.guard.GuardedMount;

/**
 * Result of revoking keys on a command.
 *
 * @param revoked mounts whose keys are revoked now, also those of an earlier revocation
 * @param failures a sentence for each mount whose keys may be usable still
 */
public record Lock(List<GuardedMount> revoked, List<String> failures) {
    /** Copies the lists. */
    public Lock {
        revoked = List.copyOf(revoked);
        failures = List.copyOf(failures);
    }
}
