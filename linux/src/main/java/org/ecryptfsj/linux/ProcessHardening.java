package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Protects this process's memory from other processes. */
public final class ProcessHardening {
    private static final int PR_SET_DUMPABLE = 4;
    private static final int RLIMIT_CORE = 4;

    private ProcessHardening() {}

    /**
     * Forbids core dumps, and ptrace and /proc/PID/mem by other processes of the same user.
     *
     * @throws LinuxException if the kernel refuses
     */
    public static void forbidDumps() throws LinuxException {
        ByteBuffer none = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
        if (LibC.INSTANCE.setrlimit(RLIMIT_CORE, none) != 0) {
            throw LinuxException.last("setrlimit RLIMIT_CORE 0");
        }
        if (LibC.INSTANCE.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
            throw LinuxException.last("prctl PR_SET_DUMPABLE 0");
        }
    }
}
