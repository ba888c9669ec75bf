package org.ecryptfsj.daemon.guard;

import java.util.List;
import org.ecryptfsj.keyfile.guard.GuardedMount;

/**
 * Result of revoking keys on a command.
 *
 * @param revoked mounts whose keys are revoked now, also those of an earlier revocation
 * @param failures a sentence for each mount whose keys may be usable still
 */
public record LockResult(List<GuardedMount> revoked, List<String> failures) {
    /** Copies the lists. */
    public LockResult {
        revoked = List.copyOf(revoked);
        failures = List.copyOf(failures);
    }
}
