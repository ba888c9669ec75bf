package org.ecryptfsj.keymodule.tspi.envelope;

import org.ecryptfsj.linux.BootClock;

/** The kernel's clocks CLOCK_MONOTONIC and CLOCK_BOOTTIME. */
final class LinuxClock implements SuspendAwareClock {
    @Override
    public long activeNanos() {
        return System.nanoTime();
    }

    @Override
    public long totalNanos() {
        return BootClock.nanos();
    }
}
