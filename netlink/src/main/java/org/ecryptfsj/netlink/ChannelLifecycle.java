package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.linux.Wakeup;

/**
 * Waiting, sending, stopping and closing, the same for both channels. Admits one reader and any number of writers while the
 * channel is open, and closes it when they have returned, so that no thread writes to a descriptor number that already means
 * another file.
 */
final class ChannelLifecycle {
    /** Larger than any frame the kernel sends: up to 547 bytes on the device (docs/spec/channel.md, section 3). */
    static final int BUFFER = 1024;

    /** Reads one frame; empty if what was read is not for this channel. */
    @FunctionalInterface
    interface FrameReader {
        Optional<Frame> read(ByteBuffer into) throws LinuxException, MalformedFrameException;
    }

    /** Writes one frame and returns the number of bytes written. */
    @FunctionalInterface
    interface FrameWriter {
        int write(ByteBuffer frame) throws LinuxException;
    }

    private final Descriptor descriptor;
    private final FrameWriter writer;
    private final Wakeup wakeup;
    private final Optional<LockedMemory> ownMemory;
    private final ByteBuffer readBuffer;
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantReadWriteLock inUse = new ReentrantReadWriteLock();
    private boolean open = true;
    private volatile boolean ended;
    private volatile int longestWaitMillis = -1;
    private volatile long lastWaitStart = System.nanoTime();
    private boolean requesterMayBeAwake;

    /**
     * A channel with a read buffer of its own.
     *
     * @param descriptor waited for, and closed at the end; still the caller's if this throws
     * @param writer sends a frame over the descriptor
     */
    ChannelLifecycle(Descriptor descriptor, FrameWriter writer) throws LinuxException {
        wakeup = new Wakeup();
        this.descriptor = descriptor;
        this.writer = writer;
        ownMemory = Optional.of(LockedMemory.allocate(BUFFER));
        readBuffer = ownMemory.get().buffer();
    }

    /**
     * A channel that reads into memory of the caller's.
     *
     * @param descriptor waited for, and closed at the end; still the caller's if this throws
     * @param writer sends a frame over the descriptor
     * @param readBuffer at least {@link #BUFFER} bytes; wiped after each read
     */
    ChannelLifecycle(Descriptor descriptor, FrameWriter writer, ByteBuffer readBuffer) throws LinuxException {
        wakeup = new Wakeup();
        this.descriptor = descriptor;
        this.writer = writer;
        this.readBuffer = readBuffer;
        ownMemory = Optional.empty();
    }

    /** {@link KernelChannel#limitWait(Duration)}. */
    void limitWait(Duration longestWait) {
        longestWaitMillis = Math.toIntExact(longestWait.toMillis());
    }

    /** {@link KernelChannel#lastWaitStart()}. */
    long lastWaitStart() {
        return lastWaitStart;
    }

    /** {@link KernelChannel#requesterMayBeAwake()}. */
    boolean requesterMayBeAwake() {
        return requesterMayBeAwake;
    }

    /** {@link KernelChannel#receive()}. */
    Optional<Message> receive(FrameReader reader) throws LinuxException, MalformedFrameException {
        reading.lock();
        inUse.readLock().lock();
        try {
            while (open && !ended) {
                boolean queuedBefore = wakeup.isReadable(descriptor);
                if (!queuedBefore && !awaitFrame()) {
                    return Optional.empty();
                }
                Optional<Frame> frame = read(reader);
                if (frame.isPresent() && frame.get() instanceof Frame.RequestFrame received) {
                    // With another request queued it is unknown which of the two ended the wait.
                    requesterMayBeAwake = queuedBefore || wakeup.isReadable(descriptor);
                    return Optional.of(received.message());
                }
                ended = frame.isPresent() && frame.get() instanceof Frame.Quit;
            }
            return Optional.empty();
        } finally {
            inUse.readLock().unlock();
            reading.unlock();
        }
    }

    /** {@link KernelChannel#pause(Duration)}. */
    void pause(Duration time) throws LinuxException {
        reading.lock();
        inUse.readLock().lock();
        try {
            lastWaitStart = System.nanoTime();
            if (open) {
                var unused = wakeup.awaitWake(Math.toIntExact(time.toMillis()));
            }
        } finally {
            inUse.readLock().unlock();
            reading.unlock();
        }
    }

    private boolean awaitFrame() throws LinuxException {
        while (true) {
            lastWaitStart = System.nanoTime();
            switch (wakeup.await(descriptor, longestWaitMillis)) {
                case READABLE -> {
                    return true;
                }
                case WOKEN -> {
                    return false;
                }
                case TIMED_OUT -> {}
            }
        }
    }

    private Optional<Frame> read(FrameReader reader) throws LinuxException, MalformedFrameException {
        try {
            return reader.read(readBuffer.clear());
        } finally {
            LockedMemory.wipe(readBuffer);
        }
    }

    /**
     * Sends one frame.
     *
     * @throws LinuxException if it cannot be written as a whole; EBADF if the channel is closed
     */
    void send(ByteBuffer frame) throws LinuxException {
        inUse.readLock().lock();
        try {
            if (!open) {
                throw new LinuxException("write " + descriptor.name() + ", which was closed", Errno.EBADF);
            }
            int size = frame.remaining();
            int written = writer.write(frame);
            if (written != size) {
                throw new LinuxException(
                        "write " + descriptor.name() + ", which took " + written + " of " + size + " bytes", Errno.EIO);
            }
        } finally {
            inUse.readLock().unlock();
        }
    }

    /** {@link KernelChannel#stopReceiving()}. */
    void stopReceiving() throws LinuxException {
        inUse.readLock().lock();
        try {
            if (open) {
                wakeup.wake();
            }
        } finally {
            inUse.readLock().unlock();
        }
    }

    /** Whether the kernel sent QUIT. */
    boolean ended() {
        return ended;
    }

    /**
     * Closes the channel once no thread uses it; a second call does nothing.
     *
     * @param quit the last frame to send, if any
     */
    void close(Optional<ByteBuffer> quit) {
        stopReceivingIfPossible();
        inUse.writeLock().lock();
        try {
            if (!open) {
                return;
            }
            quit.ifPresent(this::sendIfPossible);
            open = false;
            descriptor.close();
            wakeup.close();
            ownMemory.ifPresent(LockedMemory::close);
        } finally {
            inUse.writeLock().unlock();
        }
    }

    private void stopReceivingIfPossible() {
        try {
            stopReceiving();
        } catch (LinuxException expected) {
            // No wait begins after the channel is closed, so the wake-up is not needed.
        }
    }

    private void sendIfPossible(ByteBuffer quit) {
        try {
            send(quit);
        } catch (LinuxException expected) {
            // Closing the descriptor ends the registration too.
        }
    }
}
