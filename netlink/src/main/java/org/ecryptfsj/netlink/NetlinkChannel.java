package org.ecryptfsj.netlink;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.linux.NetlinkSocket;

/**
 * The channel over netlink, before Linux 2.6.26 (docs/spec/channel.md, section 6). One datagram is one frame. Datagrams that the
 * kernel did not send are dropped, because any process may send to this socket.
 */
public final class NetlinkChannel implements KernelChannel {
    private static final int KERNEL = 0;

    private final NetlinkSocket socket;
    private final int peer;
    private final ChannelLifecycle lifecycle;

    private NetlinkChannel(NetlinkSocket socket, int peer) throws LinuxException {
        this.socket = socket;
        this.peer = peer;
        lifecycle = new ChannelLifecycle(socket.descriptor(), this::write);
    }

    /**
     * Opens a socket to the kernel's eCryptfs and sends HELO. From then on the kernel sends this process the requests of
     * processes with its user id.
     *
     * @throws LinuxException EPROTONOSUPPORT if this kernel's eCryptfs does not support netlink, or is not loaded
     */
    public static NetlinkChannel open() throws LinuxException {
        int port = Math.toIntExact(ProcessHandle.current().pid());
        return open(NetlinkSocket.open(NetlinkSocket.ECRYPTFS, port), KERNEL);
    }

    /**
     * Sends HELO over a socket.
     *
     * @param socket closed with the channel, or when this throws
     * @param peer port id of the sender of requests; 0 is the kernel
     * @throws LinuxException ECONNREFUSED if that port id is not in use
     */
    public static NetlinkChannel open(NetlinkSocket socket, int peer) throws LinuxException {
        NetlinkChannel channel = adopt(socket, peer);
        try {
            channel.lifecycle.send(NetlinkFrame.bare(MessageType.HELO));
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
    public Optional<Descriptor> device() {
        return Optional.empty();
    }

    @Override
    public Optional<InFlightStore> inFlightStore() {
        return Optional.empty();
    }

    @Override
    public Optional<Message> receive() throws LinuxException, MalformedFrameException {
        return lifecycle.receive(this::read);
    }

    private Optional<Frame> read(ByteBuffer into) throws LinuxException, MalformedFrameException {
        NetlinkSocket.Received received = socket.receive(into);
        if (received.sender() != peer) {
            return Optional.empty();
        }
        if (received.size() > into.capacity()) {
            throw new MalformedFrameException("frame has " + received.size() + " bytes, more than " + into.capacity());
        }
        return Optional.of(NetlinkFrame.parse(into.flip()));
    }

    /** Over netlink the kernel drops a stale reply silently, so this never throws StaleReplyException. */
    @Override
    public void reply(Message request, Reply reply) throws LinuxException {
        try (LockedMemory frame = NetlinkFrame.response(request, reply)) {
            lifecycle.send(frame.buffer());
        }
    }

    private int write(ByteBuffer frame) throws LinuxException {
        socket.send(frame, peer);
        return frame.remaining();
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
        lifecycle.close(Optional.of(NetlinkFrame.bare(MessageType.QUIT)));
    }
}
