package org.ecryptfsj.keymodule.tspi.envelope;

import java.time.Duration;

/**
 * How long an unsealed KEK may be cached.
 *
 * @param idle time without use after which it is wiped; zero for no limit
 * @param recheck interval of the checks that the PCRs still have the values the KEK was sealed to; a change wipes it
 */
public record KekPolicy(Duration idle, Duration recheck) {
    /** The upper limit of both times. */
    public static final Duration MAX_DURATION = Duration.ofDays(30);

    /** The default. */
    public static final KekPolicy DEFAULT = new KekPolicy(Duration.ofMinutes(15), Duration.ofSeconds(5));

    /** The number of checks that may fail, because the TPM does not answer, before the KEK is wiped. */
    private static final int MISSED_CHECKS = 12;

    /** @throws IllegalArgumentException if a time is negative or too long, or recheck is zero */
    public KekPolicy {
        if (idle.isNegative() || idle.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException("kek_idle must be 0 to " + MAX_DURATION.toSeconds() + " seconds");
        }
        if (recheck.isNegative() || recheck.isZero() || recheck.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException("kek_recheck must be 1 to " + MAX_DURATION.toSeconds() + " seconds");
        }
    }

    /** The smaller of both in each value: two mounts may share a KEK. */
    KekPolicy strictest(KekPolicy other) {
        Duration shorter = recheck.compareTo(other.recheck) < 0 ? recheck : other.recheck;
        if (idle.isZero() || other.idle.isZero()) {
            return new KekPolicy(idle.isZero() ? other.idle : idle, shorter);
        }
        return new KekPolicy(idle.compareTo(other.idle) < 0 ? idle : other.idle, shorter);
    }

    /** The maximum time since the last successful check: a TPM that does not answer must not keep a KEK in memory. */
    Duration maxUncheckedAge() {
        return recheck.multipliedBy(MISSED_CHECKS);
    }
}
