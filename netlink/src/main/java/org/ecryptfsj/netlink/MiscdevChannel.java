package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.LockedMemory;

/**
 * The channel over the device /dev/ecryptfs (docs/spec/channel.md, section 3). One read returns one frame; the device has no
 * non-blocking read, so it is read only when poll(2) reports a frame.
 */
public final class MiscdevChannel implements KernelChannel {
    /**
     * A read of 0 bytes means that a signal arrived and the frame is still queued. This number in a row means that the file is
     * not the device, or that it was hung up.
     */
    private static final int MAX_EMPTY_READS = 1000;

    private final Descriptor device;
    private final ChannelLifecycle lifecycle;
    private final Optional<InFlightStore> store;
    private int emptyReads;

    private MiscdevChannel(Descriptor device, Optional<InFlightStore> store) throws LinuxException {
        this.device = device;
        this.store = store;
        lifecycle = store.isPresent()
                ? new ChannelLifecycle(device, device::write, store.get().readBuffer())
                : new ChannelLifecycle(device, device::write);
    }

    /**
     * Opens the device and sends HELO. From then on the kernel sends this process the requests of processes with its effective
     * user id.
     *
     * @param store keeps what is read until it is answered; closed with the channel, still the caller's if this throws
     * @throws LinuxException EINVAL if another daemon of that user id has the device open
     */
    public static MiscdevChannel open(Path device, Optional<InFlightStore> store) throws LinuxException {
        MiscdevChannel channel = adopt(Descriptor.openReadWrite(device.toString()), store);
        try {
            channel.sendHelo();
            return channel;
        } catch (LinuxException e) {
            channel.lifecycle.close(Optional.empty());
            throw e;
        }
    }

    /**
     * Continues with an open device, such as the one of an earlier process. No other process may read it meanwhile.
     *
     * @param device closed with the channel, or when this throws
     * @param store as for {@link #open}
     * @throws LinuxException if there are no descriptors left
     */
    public static MiscdevChannel adopt(Descriptor device, Optional<InFlightStore> store) throws LinuxException {
        try {
            return new MiscdevChannel(device, store);
        } catch (LinuxException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /**
     * Continues with an open device, without a store.
     *
     * @param device closed with the channel, or when this throws
     * @throws LinuxException if there are no descriptors left
     */
    public static MiscdevChannel adopt(Descriptor device) throws LinuxException {
        return adopt(device, Optional.empty());
    }

    /**
     * Sends HELO over a device that another process has opened for this one.
     *
     * @throws LinuxException if it cannot be written
     */
    public void sendHelo() throws LinuxException {
        lifecycle.send(MiscdevFrame.bare(MessageType.HELO));
    }

    @Override
    public Kind kind() {
        return Kind.MISCDEV;
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public Optional<Descriptor> device() {
        return Optional.of(device);
    }

    @Override
    public Optional<InFlightStore> inFlightStore() {
        return store;
    }

    @Override
    public Optional<Message> receive() throws LinuxException, MalformedFrameException {
        return lifecycle.receive(this::read);
    }

    private Optional<Frame> read(ByteBuffer into) throws LinuxException, MalformedFrameException {
        int length = device.read(into);
        if (length > 0) {
            emptyReads = 0;
            Frame frame = MiscdevFrame.parse(into.flip());
            if (frame instanceof Frame.RequestFrame received && store.isPresent()) {
                store.get().keep(received.message(), length);
            }
            return Optional.of(frame);
        }
        if (++emptyReads >= MAX_EMPTY_READS) {
            throw new LinuxException("read " + name() + ", which is readable and returns nothing", Errno.EIO);
        }
        return Optional.empty();
    }

    @Override
    public void reply(Message request, Reply reply) throws LinuxException, StaleReplyException {
        try (LockedMemory frame = MiscdevFrame.response(request, reply)) {
            lifecycle.send(frame.buffer());
        } catch (LinuxException e) {
            if (e.errno() == Errno.EINVAL) {
                throw new StaleReplyException(request, e);
            }
            throw e;
        } finally {
            // Even after an error: the reply is not sent again.
            if (store.isPresent()) {
                store.get().remove(request);
            }
        }
    }

    @Override
    public void stopReceiving() throws LinuxException {
        lifecycle.stopReceiving();
    }

    @Override
    public void pause(Duration time) throws LinuxException {
        lifecycle.pause(time);
    }

    @Override
    public boolean requesterMayBeAwake() {
        return lifecycle.requesterMayBeAwake();
    }

    @Override
    public void limitWait(Duration longestWait) {
        lifecycle.limitWait(longestWait);
    }

    @Override
    public long lastWaitStart() {
        return lifecycle.lastWaitStart();
    }

    @Override
    public boolean ended() {
        return lifecycle.ended();
    }

    @Override
    public void close() {
        lifecycle.close(Optional.of(MiscdevFrame.bare(MessageType.QUIT)));
        store.ifPresent(InFlightStore::close);
    }
}
