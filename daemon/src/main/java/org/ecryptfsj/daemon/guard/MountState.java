package org.ecryptfsj.daemon.guard;

import java.time.Instant;
import java.util.Optional;
import org.ecryptfsj.keyfile.guard.GuardedMount;

/**
 * A guarded mount and its condition.
 *
 * @param mount as it was recorded
 * @param condition at this moment
 * @param unreadable since when, and why, for the condition UNREADABLE
 */
public record MountState(GuardedMount mount, Condition condition, Optional<Unreadable> unreadable) {
    /** What can be said of a guarded mount. */
    public enum Condition {
        /** Its PCRs are read, and have the values under which the key was unsealed. */
        GUARDED("guarded"),
        /** Its key is bound to no PCR. */
        NOT_WATCHED("not watched"),
        /** Its PCRs cannot be read; a change is not noticed. */
        UNREADABLE("unreadable"),
        /** Its key is revoked; files that the kernel does not have in its cache cannot be opened. */
        REVOKED("revoked");

        private final String status;

        Condition(String status) {
            this.status = status;
        }

        /** Its name in the status. */
        @Override
        public String toString() {
            return status;
        }
    }

    /**
     * Why PCRs are not read.
     *
     * @param since the first reading that failed
     * @param reason of the failure
     */
    public record Unreadable(Instant since, String reason) {}
}
