package org.ecryptfsj.keyfile.guard;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The PCRs to which the protector that gave a mount key is bound.
 *
 * @param protectorType for {@link org.ecryptfsj.protector.Protectors#byType}
 * @param values under which the key was unsealed, in lowercase hex digits, by PCR number; at least one
 * @param recheck time from one reading to the next, 1 s to 1 day; fractions of a second are cut off
 */
public record WatchedRegisters(String protectorType, Map<Integer, String> values, Duration recheck) {
    static final int MOST_SECONDS = 86_400;

    /** @throws IllegalArgumentException if there is no value, or if the time is out of range */
    public WatchedRegisters {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
        if (values.isEmpty()) {
            throw new IllegalArgumentException("no PCR is watched");
        }
        recheck = Duration.ofSeconds(recheck.toSeconds());
        if (recheck.toSeconds() < 1 || recheck.toSeconds() > MOST_SECONDS) {
            throw new IllegalArgumentException("PCRs are read every 1 to " + MOST_SECONDS + " s, not every " + recheck);
        }
    }
}
