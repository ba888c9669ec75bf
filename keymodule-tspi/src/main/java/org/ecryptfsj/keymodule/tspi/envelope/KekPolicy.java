package org.ecryptfsj.keymodule.tspi.envelope;

import java.time.Duration;

/**
 * How long an unsealed KEK may be held.
 *
 * @param idle it is dropped when it was not used for this long; zero: however long
 * @param recheck how often it is checked that the machine still is in the state the KEK was sealed to; a change drops it
 */
public record KekPolicy(Duration idle, Duration recheck) {
    /** The longest time either may be. */
    public static final Duration MAX_DURATION = Duration.ofDays(30);

    /** What holds when nothing is said. */
    public static final KekPolicy DEFAULT = new KekPolicy(Duration.ofMinutes(15), Duration.ofSeconds(5));

    /** Checks that a silent TPM may miss before the KEK is dropped. */
    private static final int MISSED_CHECKS = 12;

    /** @throws IllegalArgumentException if a time is negative, too long, or there would be no check */
    public KekPolicy {
        if (idle.isNegative() || idle.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException("kek_idle is 0 to " + MAX_DURATION.toSeconds() + " seconds");
        }
        if (recheck.isNegative() || recheck.isZero() || recheck.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException("kek_recheck is 1 to " + MAX_DURATION.toSeconds() + " seconds");
        }
    }

    /** The stricter of both in each respect: two mounts may share a KEK. */
    KekPolicy strictest(KekPolicy other) {
        Duration shorter = recheck.compareTo(other.recheck) < 0 ? recheck : other.recheck;
        if (idle.isZero() || other.idle.isZero()) {
            return new KekPolicy(idle.isZero() ? other.idle : idle, shorter);
        }
        return new KekPolicy(idle.compareTo(other.idle) < 0 ? idle : other.idle, shorter);
    }

    /** How old the last good check may be. A TPM that says nothing must not keep a KEK alive for ever. */
    Duration maxUncheckedAge() {
        return recheck.multipliedBy(MISSED_CHECKS);
    }
}
