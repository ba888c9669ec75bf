package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.LockedMemory;

/**
 * The channel over the device /dev/ecryptfs (docs/spec/channel.md, section 3). One read brings one frame; the device cannot be
 * read without waiting, so it is read only when poll(2) says that a frame is there.
 */
public final class MiscdevChannel implements KernelChannel {
    /**
     * A read of 0 bytes means that a signal came and the frame is still there. So many in a row mean that this is no device,
     * or one that was hung up.
     */
    private static final int EMPTY_READS_IN_A_ROW = 1000;

    private final Descriptor device;
    private final ChannelLifecycle gate;
    private final Optional<InFlightStore> record;
    private int emptyReads;

    private MiscdevChannel(Descriptor device, Optional<InFlightStore> record) throws LinuxException {
        this.device = device;
        this.record = record;
        gate = record.isPresent() ? new ChannelLifecycle(device, record.get().landing()) : new ChannelLifecycle(device);
    }

    /**
     * Opens the device and says HELO. From then on the kernel asks this process about the files that processes of its
     * effective user id open.
     *
     * @param record keeps what is read until it is answered; closed with the channel, still the caller's if this throws
     * @throws LinuxException EINVAL if another daemon of that user id has it open
     */
    public static MiscdevChannel open(Path device, Optional<InFlightStore> record) throws LinuxException {
        MiscdevChannel channel = adopt(Descriptor.openReadWrite(device.toString()), record);
        try {
            channel.greet();
            return channel;
        } catch (LinuxException e) {
            channel.gate.close(() -> {});
            throw e;
        }
    }

    /**
     * Goes on with a device that is open already, such as a predecessor's. Nobody else may read it meanwhile.
     *
     * @param device closed with the channel, or when this throws
     * @param record as for {@link #open}; what the predecessor left in it is {@link #unanswered}
     * @throws LinuxException if there are no descriptors left
     */
    public static MiscdevChannel adopt(Descriptor device, Optional<InFlightStore> record) throws LinuxException {
        try {
            return new MiscdevChannel(device, record);
        } catch (LinuxException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /**
     * Goes on with such a device and keeps nothing.
     *
     * @param device as above
     * @throws LinuxException as above
     */
    public static MiscdevChannel adopt(Descriptor device) throws LinuxException {
        return adopt(device, Optional.empty());
    }

    /**
     * Says HELO over a device that somebody else has opened for this process.
     *
     * @throws LinuxException if it cannot be written
     */
    public void greet() throws LinuxException {
        write(MiscdevFrame.bare(MessageType.HELO));
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
    public Optional<Message> receive() throws LinuxException, MalformedFrameException {
        return gate.receive(this::read);
    }

    /** What is kept of it, and can be handed to a successor together with the {@linkplain #device device}. */
    public Optional<InFlightStore> record() {
        return record;
    }

    /** The device, to be handed to a successor. */
    public Descriptor device() {
        return device;
    }

    /** What a predecessor has read and not answered, the oldest first; closed by the caller. */
    public List<InFlightStore.Kept> unanswered() {
        return record.map(InFlightStore::unanswered).orElse(List.of());
    }

    private Optional<Frame> read(ByteBuffer into) throws LinuxException, MalformedFrameException {
        int length = device.read(into);
        if (length > 0) {
            emptyReads = 0;
            Frame frame = MiscdevFrame.parse(into.flip());
            if (frame instanceof Frame.Asked asked && record.isPresent()) {
                record.get().keep(asked.message(), length);
            }
            return Optional.of(frame);
        }
        if (++emptyReads >= EMPTY_READS_IN_A_ROW) {
            throw new LinuxException("read " + name() + ", which is readable and has nothing to read", Errno.EIO);
        }
        return Optional.empty();
    }

    @Override
    public void reply(Message request, Reply reply) throws LinuxException, StaleReplyException {
        try (LockedMemory frame = MiscdevFrame.response(request, reply)) {
            gate.send(() -> write(frame.buffer()));
        } catch (LinuxException e) {
            if (e.errno() == Errno.EINVAL) {
                throw new StaleReplyException(request, e);
            }
            throw e;
        } finally {
            // Whatever came of it, it will not be sent again.
            if (record.isPresent()) {
                record.get().answered(request);
            }
        }
    }

    private void write(ByteBuffer frame) throws LinuxException {
        int size = frame.remaining();
        int written = device.write(frame);
        if (written != size) {
            throw new LinuxException(
                    "write " + name() + ", which took " + written + " of " + size + " bytes", Errno.EIO);
        }
    }

    @Override
    public void stopReceiving() throws LinuxException {
        gate.stopReceiving();
    }

    @Override
    public void pause(Duration time) throws LinuxException {
        gate.pause(time);
    }

    @Override
    public boolean unsettled() {
        return gate.unsettled();
    }

    @Override
    public void turnEvery(Duration longestWait) {
        gate.turnEvery(longestWait);
    }

    @Override
    public long lastTurn() {
        return gate.lastTurn();
    }

    @Override
    public boolean ended() {
        return gate.ended();
    }

    @Override
    public void close() {
        gate.close(() -> write(MiscdevFrame.bare(MessageType.QUIT)));
        record.ifPresent(InFlightStore::close);
    }
}
