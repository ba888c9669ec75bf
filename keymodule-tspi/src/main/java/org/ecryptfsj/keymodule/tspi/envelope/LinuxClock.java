package org.ecryptfsj.keymodule.tspi.envelope;

import org.ecryptfsj.linux.BootClock;

/** The kernel's clocks. */
final class LinuxClock implements SuspendAwareClock {
    @Override
    public long awake() {
        return System.nanoTime();
    }

    @Override
    public long withSleep() {
        return BootClock.nanos();
    }
}
