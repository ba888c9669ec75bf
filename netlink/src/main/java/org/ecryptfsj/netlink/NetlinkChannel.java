package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.linux.NetlinkSocket;

/**
 * The channel over netlink, before Linux 2.6.26 (docs/spec/channel.md, section 6). One datagram is one frame; those that do not
 * come from the kernel are dropped, since any process may send to this one.
 */
public final class NetlinkChannel implements KernelChannel {
    private static final int KERNEL = 0;

    private final NetlinkSocket socket;
    private final int peer;
    private final ChannelLifecycle gate;

    private NetlinkChannel(NetlinkSocket socket, int peer) throws LinuxException {
        this.socket = socket;
        this.peer = peer;
        gate = new ChannelLifecycle(socket.descriptor());
    }

    /**
     * Opens a socket to the kernel's eCryptfs and says HELO. From then on the kernel asks this process about the files that
     * processes of its user id open.
     *
     * @throws LinuxException EPROTONOSUPPORT if this kernel's eCryptfs does not speak netlink, or is not loaded
     */
    public static NetlinkChannel open() throws LinuxException {
        int port = Math.toIntExact(ProcessHandle.current().pid());
        return open(NetlinkSocket.open(NetlinkSocket.ECRYPTFS, port), KERNEL);
    }

    /**
     * Says HELO over a socket.
     *
     * @param socket closed with the channel, or when this throws
     * @param peer the port id that asks; 0 is the kernel
     * @throws LinuxException ECONNREFUSED if nobody has that port id
     */
    public static NetlinkChannel open(NetlinkSocket socket, int peer) throws LinuxException {
        NetlinkChannel channel = adopt(socket, peer);
        try {
            channel.write(NetlinkFrame.bare(MessageType.HELO));
            return channel;
        } catch (LinuxException e) {
            channel.close();
            throw e;
        }
    }

    private static NetlinkChannel adopt(NetlinkSocket socket, int peer) throws LinuxException {
        try {
            return new NetlinkChannel(socket, peer);
        } catch (LinuxException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public Kind kind() {
        return Kind.NETLINK;
    }

    @Override
    public String name() {
        return socket.descriptor().name();
    }

    @Override
    public Optional<Message> receive() throws LinuxException, MalformedFrameException {
        return gate.receive(this::read);
    }

    private Optional<Frame> read(ByteBuffer into) throws LinuxException, MalformedFrameException {
        NetlinkSocket.Received received = socket.receive(into);
        if (received.sender() != peer) {
            return Optional.empty();
        }
        if (received.size() > into.capacity()) {
            throw new MalformedFrameException(
                    "a frame has " + received.size() + " bytes, more than " + into.capacity());
        }
        return Optional.of(NetlinkFrame.parse(into.flip()));
    }

    /** The kernel refuses a stale answer silently here, so this never throws StaleReplyException. */
    @Override
    public void reply(Message request, Reply reply) throws LinuxException {
        try (LockedMemory frame = NetlinkFrame.response(request, reply)) {
            gate.send(() -> write(frame.buffer()));
        }
    }

    private void write(ByteBuffer frame) throws LinuxException {
        socket.send(frame, peer);
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
        gate.close(() -> write(NetlinkFrame.bare(MessageType.QUIT)));
    }
}
