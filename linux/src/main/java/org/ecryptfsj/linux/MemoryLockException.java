package org.ecryptfsj.linux;

/** The kernel refused to lock memory, so no secret can be stored. RLIMIT_MEMLOCK must be raised. */
public final class MemoryLockException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    MemoryLockException(LinuxException cause) {
        super(
                "memory for secrets cannot be locked: " + cause.getMessage()
                        + ". What to do: raise the limit on locked memory (ulimit -l; memlock in limits.conf(5))",
                cause);
    }
}
