package org.ecryptfsj.linux;

/** The kernel refused to lock memory, so no secret can be held. The administrator raises RLIMIT_MEMLOCK. */
public final class MemoryLockException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    MemoryLockException(LinuxException cause) {
        super("cannot lock memory for secrets: " + cause.getMessage() + "; raise the limit with ulimit -l", cause);
    }
}
