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
 * Waiting, stopping and closing, the same for every channel: lets one reader and any number of writers in while the channel
 * is open, and closes it when they are out, so that nobody ever writes to a descriptor number that means another file by
 * now.
 */
final class ChannelLifecycle {
    /** More than any frame the kernel sends, which has up to 547 bytes on the device (docs/spec/channel.md, section 3). */
    static final int BUFFER = 1024;

    /** Reads what is there, which may turn out to be nothing for us. */
    @FunctionalInterface
    interface Source {
        Optional<Frame> read(ByteBuffer into) throws LinuxException, MalformedFrameException;
    }

    /** Writes one frame. */
    @FunctionalInterface
    interface Sending {
        void send() throws LinuxException;
    }

    private final Descriptor descriptor;
    private final Wakeup wakeup;
    private final Optional<LockedMemory> ownMemory;
    private final ByteBuffer incoming;
    private final ReentrantLock reader = new ReentrantLock();
    private final ReentrantReadWriteLock inUse = new ReentrantReadWriteLock();
    private boolean open = true;
    private volatile boolean ended;
    private volatile int longestWaitMillis = -1;
    private volatile long lastTurn = System.nanoTime();
    private boolean unsettled;

    /** @param descriptor what is waited for and closed at the end; still the caller's if this throws */
    ChannelLifecycle(Descriptor descriptor) throws LinuxException {
        wakeup = new Wakeup();
        this.descriptor = descriptor;
        ownMemory = Optional.of(LockedMemory.allocate(BUFFER));
        incoming = ownMemory.get().buffer();
    }

    /**
     * @param descriptor as above
     * @param incoming where it is read into, at least {@link #BUFFER} bytes; wiped after each read
     */
    ChannelLifecycle(Descriptor descriptor, ByteBuffer incoming) throws LinuxException {
        wakeup = new Wakeup();
        this.descriptor = descriptor;
        this.incoming = incoming;
        ownMemory = Optional.empty();
    }

    /** {@link KernelChannel#turnEvery(Duration)}. */
    void turnEvery(Duration longestWait) {
        longestWaitMillis = Math.toIntExact(longestWait.toMillis());
    }

    /** {@link KernelChannel#lastTurn()}. */
    long lastTurn() {
        return lastTurn;
    }

    /** {@link KernelChannel#unsettled()}. */
    boolean unsettled() {
        return unsettled;
    }

    /** {@link KernelChannel#receive()}. */
    Optional<Message> receive(Source source) throws LinuxException, MalformedFrameException {
        reader.lock();
        inUse.readLock().lock();
        try {
            while (open && !ended) {
                boolean queuedBefore = wakeup.isReadable(descriptor);
                if (!queuedBefore && !awaitFrame()) {
                    return Optional.empty();
                }
                Optional<Frame> frame = read(source);
                if (frame.isPresent() && frame.get() instanceof Frame.Asked asked) {
                    // Whoever has woken us has queued the last one.
                    unsettled = queuedBefore || wakeup.isReadable(descriptor);
                    return Optional.of(asked.message());
                }
                ended = frame.isPresent() && frame.get() instanceof Frame.Quit;
            }
            return Optional.empty();
        } finally {
            inUse.readLock().unlock();
            reader.unlock();
        }
    }

    /** {@link KernelChannel#pause(Duration)}. */
    void pause(Duration time) throws LinuxException {
        reader.lock();
        inUse.readLock().lock();
        try {
            lastTurn = System.nanoTime();
            if (open) {
                var unused = wakeup.awaitWake(Math.toIntExact(time.toMillis()));
            }
        } finally {
            inUse.readLock().unlock();
            reader.unlock();
        }
    }

    private boolean awaitFrame() throws LinuxException {
        while (true) {
            lastTurn = System.nanoTime();
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

    private Optional<Frame> read(Source source) throws LinuxException, MalformedFrameException {
        try {
            return source.read(incoming.clear());
        } finally {
            LockedMemory.wipe(incoming);
        }
    }

    /** Sends while the channel is open. */
    void send(Sending sending) throws LinuxException {
        inUse.readLock().lock();
        try {
            if (!open) {
                throw new LinuxException("write " + descriptor.name() + ", which was closed", Errno.EBADF);
            }
            sending.send();
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

    /** Whether the kernel said QUIT. */
    boolean ended() {
        return ended;
    }

    /** Closes, once nobody is in; a second call does nothing. */
    void close(Sending farewell) {
        attempt(this::stopReceiving);
        inUse.writeLock().lock();
        try {
            if (!open) {
                return;
            }
            attempt(farewell);
            open = false;
            descriptor.close();
            wakeup.close();
            ownMemory.ifPresent(LockedMemory::close);
        } finally {
            inUse.writeLock().unlock();
        }
    }

    /** For what closing the descriptor does as well: it ends the registration, and no wait begins after it. */
    private static void attempt(Sending courtesy) {
        try {
            courtesy.send();
        } catch (LinuxException expected) {
            // The kernel may be through with the channel already, and there is nobody left to tell.
        }
    }
}
