package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import jnr.constants.platform.Errno;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.LockedMemory;

/**
 * The channel over the device /dev/ecryptfs (spec channel.md, section 3). One read brings one frame; the device cannot be
 * read without waiting, so it is read only when poll(2) says that a frame is there.
 */
public final class MiscdevChannel implements KernelChannel {
    /**
     * A read of 0 bytes means that a signal came and the frame is still there. So many in a row mean that this is no device,
     * or one that was hung up.
     */
    private static final int EMPTY_READS_IN_A_ROW = 1000;

    private final Descriptor device;
    private final ChannelGate gate;
    private int emptyReads;

    private MiscdevChannel(Descriptor device) throws LinuxException {
        this.device = device;
        gate = new ChannelGate(device);
    }

    /**
     * Opens the device and says HELO. From then on the kernel asks this process about the files that processes of its
     * effective user id open.
     *
     * @throws LinuxException EINVAL if another daemon of that user id has it open
     */
    public static MiscdevChannel open(Path device) throws LinuxException {
        MiscdevChannel channel = adopt(Descriptor.openReadWrite(device.toString()));
        try {
            channel.write(MiscdevFrame.bare(MessageType.HELO));
            return channel;
        } catch (LinuxException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Goes on with a device that is open already, such as a predecessor's. Nobody else may read it meanwhile.
     *
     * @param device closed with the channel, or when this throws
     * @throws LinuxException if there are no descriptors left
     */
    public static MiscdevChannel adopt(Descriptor device) throws LinuxException {
        try {
            return new MiscdevChannel(device);
        } catch (LinuxException | RuntimeException e) {
            device.close();
            throw e;
        }
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

    private Optional<Frame> read(ByteBuffer into) throws LinuxException, MalformedFrameException {
        if (device.read(into) > 0) {
            emptyReads = 0;
            return Optional.of(MiscdevFrame.parse(into.flip()));
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
    public boolean ended() {
        return gate.ended();
    }

    @Override
    public void close() {
        gate.close(() -> write(MiscdevFrame.bare(MessageType.QUIT)));
    }
}
