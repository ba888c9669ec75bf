package org.ecryptfsj.linux;

/** A signal to another process (kill(2)). */
public enum ProcessSignal {
    /** SIGUSR1. */
    USR1(10),
    /** SIGUSR2. */
    USR2(12);

    private final int number;

    ProcessSignal(int number) {
        this.number = number;
    }

    /**
     * Sends it.
     *
     * @throws LinuxException ESRCH if there is no such process, EPERM if it is another user's
     */
    public void sendTo(long pid) throws LinuxException {
        if (LibCProcess.INSTANCE.kill(Math.toIntExact(pid), number) != 0) {
            throw LinuxException.last("kill -" + name() + " " + pid);
        }
    }
}
