package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Wakes a thread that waits in {@link #awaitReadable}. Backed by an eventfd, so that it can wait for a descriptor and for
 * the wake-up at the same time. A wake-up is never lost and is permanent: every later wait returns immediately. One thread waits at a time;
 * any may wake it.
 */
public final class Wakeup implements AutoCloseable {
    private static final int EFD_CLOEXEC = 02000000;
    private static final int POLLIN = 1;
    private static final int POLLERR_HUP_NVAL = 8 | 16 | 32;
    private static final int POLLFD = 8;

    private final Descriptor event;
    private final ByteBuffer polled = ByteBuffer.allocateDirect(2 * POLLFD).order(ByteOrder.nativeOrder());

    /** @throws LinuxException if eventfd(2) fails */
    public Wakeup() throws LinuxException {
        int fd = LibCDescriptors.INSTANCE.eventfd(0, EFD_CLOEXEC);
        if (fd < 0) {
            throw LinuxException.last("eventfd");
        }
        event = new Descriptor(fd, "eventfd");
        polled.putInt(POLLFD, fd).putShort(POLLFD + 4, (short) POLLIN);
    }

    /**
     * Wakes every present and future wait.
     *
     * @throws LinuxException if write(2) fails
     */
    public void wake() throws LinuxException {
        ByteBuffer one = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
        one.putLong(1).flip();
        event.write(one);
    }

    /**
     * Waits without limit until the descriptor has something to read or {@link #wake} was called.
     *
     * @return true if the descriptor is readable (or in error: a read reports it), false if only the wake-up came
     * @throws LinuxException if poll(2) fails
     */
    public boolean awaitReadable(Descriptor descriptor) throws LinuxException {
        return await(descriptor, -1) == WaitResult.READABLE;
    }

    /** The end of a wait. */
    public enum WaitResult {
        /** The descriptor has something to read, or is in error: a read reports it. */
        READABLE,
        /** {@link #wake} was called. */
        WOKEN,
        /** The time limit was reached. */
        TIMED_OUT
    }

    /**
     * Waits until the descriptor has something to read or {@link #wake} was called, but not longer than the limit.
     *
     * @param millis the longest wait; negative for no limit
     * @throws LinuxException if poll(2) fails
     */
    public WaitResult await(Descriptor descriptor, int millis) throws LinuxException {
        ByteBuffer fds = poll(descriptor, millis);
        if ((fds.getShort(6) & (POLLIN | POLLERR_HUP_NVAL)) != 0) {
            return WaitResult.READABLE;
        }
        return fds.getShort(POLLFD + 6) != 0 ? WaitResult.WOKEN : WaitResult.TIMED_OUT;
    }

    /**
     * Waits until {@link #wake} was called, but no longer than that.
     *
     * @return whether it was called
     * @throws LinuxException if poll(2) fails
     */
    public boolean awaitWake(int millis) throws LinuxException {
        return await(event, millis) == WaitResult.READABLE;
    }

    /**
     * Whether the descriptor has something to read now. Does not wait.
     *
     * @throws LinuxException if poll(2) fails
     */
    public boolean isReadable(Descriptor descriptor) throws LinuxException {
        return await(descriptor, 0) == WaitResult.READABLE;
    }

    private ByteBuffer poll(Descriptor descriptor, int timeout) throws LinuxException {
        polled.putInt(0, descriptor.number()).putShort(4, (short) POLLIN);
        while (LibCDescriptors.INSTANCE.poll(polled, 2, timeout) < 0) {
            if (LinuxException.lastErrno() != jnr.constants.platform.Errno.EINTR) {
                throw LinuxException.last("poll " + descriptor);
            }
        }
        return polled;
    }

    @Override
    public void close() {
        event.close();
    }
}
