package org.ecryptfsj.keymodule.tspi.envelope;

/** The two clocks that a KEK's life is measured with, in nanoseconds. */
interface SuspendAwareClock {
    /** Stands still while the machine sleeps. */
    long activeNanos();

    /** Goes on while the machine sleeps. */
    long totalNanos();
}
