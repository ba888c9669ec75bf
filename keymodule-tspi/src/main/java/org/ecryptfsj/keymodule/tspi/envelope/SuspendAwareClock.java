package org.ecryptfsj.keymodule.tspi.envelope;

/** Two clocks in nanoseconds, whose difference grows while the machine is suspended. */
interface SuspendAwareClock {
    /** A clock that stops while the machine is suspended. */
    long activeNanos();

    /** A clock that continues while the machine is suspended. */
    long totalNanos();
}
