package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The clock that also counts the time in which the machine is suspended: CLOCK_BOOTTIME of clock_gettime(2). */
public final class BootClock {
    private static final int BOOTTIME = 7;
    private static final int TIMESPEC_BYTES = 16;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private static final ThreadLocal<ByteBuffer> TIMESPEC = ThreadLocal.withInitial(
            () -> ByteBuffer.allocateDirect(TIMESPEC_BYTES).order(ByteOrder.nativeOrder()));

    private BootClock() {}

    /** Nanoseconds since the machine was started. */
    public static long nanos() {
        ByteBuffer time = TIMESPEC.get();
        if (LibCProcess.INSTANCE.clock_gettime(BOOTTIME, time) != 0) {
            throw new IllegalStateException(
                    "clock_gettime(CLOCK_BOOTTIME) failed; every kernel since 2.6.39 has this clock");
        }
        return NativeMemory.word(time, 0) * NANOS_PER_SECOND + NativeMemory.word(time, NativeMemory.WORD);
    }
}
