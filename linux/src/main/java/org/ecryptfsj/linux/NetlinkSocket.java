package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.constants.platform.Errno;

/** A raw netlink socket. Messages carry their own headers; this class only moves them. */
public final class NetlinkSocket implements AutoCloseable {
    /** The protocol number eCryptfs had before its device (Linux before 2.6.26). */
    public static final int ECRYPTFS = 19;

    /** A protocol any two processes may talk over. */
    public static final int USERSOCK = 2;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 02000000;
    private static final int MSG_PEEK = 2;
    private static final int MSG_TRUNC = 0x20;
    private static final int ADDRESS = 12;

    private final Descriptor descriptor;

    private NetlinkSocket(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * A socket of that protocol, bound to a port id.
     *
     * @param port this side's address; 0 lets the kernel choose
     * @throws LinuxException EPROTONOSUPPORT if the kernel has no such protocol, EADDRINUSE if the port id is taken
     */
    public static NetlinkSocket open(int protocol, int port) throws LinuxException {
        int fd = LibCSockets.INSTANCE.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
        if (fd < 0) {
            throw LinuxException.last("socket netlink " + protocol);
        }
        Descriptor descriptor = new Descriptor(fd, "netlink " + protocol);
        if (LibCSockets.INSTANCE.bind(fd, address(port), ADDRESS) != 0) {
            LinuxException failure = LinuxException.last("bind netlink " + protocol + " port " + port);
            descriptor.close();
            throw failure;
        }
        return new NetlinkSocket(descriptor);
    }

    /** The descriptor, to wait on. */
    public Descriptor descriptor() {
        return descriptor;
    }

    /**
     * This side's port id.
     *
     * @throws LinuxException if getsockname(2) fails
     */
    public int port() throws LinuxException {
        ByteBuffer address = address(0);
        if (LibCSockets.INSTANCE.getsockname(descriptor.number(), address, length()) != 0) {
            throw LinuxException.last("getsockname " + descriptor);
        }
        return address.getInt(4);
    }

    /**
     * Sends the buffer's remaining bytes as one message.
     *
     * @param from a direct buffer
     * @param port the receiver; 0 is the kernel
     * @throws LinuxException ECONNREFUSED if no socket has that port id
     */
    public void send(ByteBuffer from, int port) throws LinuxException {
        Descriptor.requireDirect(from);
        while (LibCSockets.INSTANCE.sendto(descriptor.number(), from, from.remaining(), 0, address(port), ADDRESS)
                < 0) {
            retryOnlyIfInterrupted("sendto " + descriptor);
        }
    }

    /**
     * The size of the next message, which stays queued. Waits for one.
     *
     * @throws LinuxException if recvfrom(2) fails
     */
    public int peekSize() throws LinuxException {
        ByteBuffer firstByte = ByteBuffer.allocateDirect(1);
        return receive(firstByte, MSG_PEEK | MSG_TRUNC).size();
    }

    /**
     * Takes the next message into the buffer's remaining space. Waits for one. Bytes that do not fit are lost.
     *
     * @param into a direct buffer; its position is advanced
     * @throws LinuxException if recvfrom(2) fails
     */
    public Received receive(ByteBuffer into) throws LinuxException {
        Received received = receive(into, MSG_TRUNC);
        into.position(into.position() + Math.min(received.size(), into.remaining()));
        return received;
    }

    /**
     * A received message.
     *
     * @param size the message's true size in bytes, more than the buffer's space if it was too small
     * @param sender the port id it came from; 0 is the kernel
     */
    public record Received(int size, int sender) {}

    private Received receive(ByteBuffer into, int flags) throws LinuxException {
        Descriptor.requireDirect(into);
        ByteBuffer sender = address(0);
        while (true) {
            long n =
                    LibCSockets.INSTANCE.recvfrom(descriptor.number(), into, into.remaining(), flags, sender, length());
            if (n >= 0) {
                return new Received((int) n, sender.getInt(4));
            }
            retryOnlyIfInterrupted("recvfrom " + descriptor);
        }
    }

    private static void retryOnlyIfInterrupted(String call) throws LinuxException {
        if (LinuxException.lastErrno() != Errno.EINTR) {
            throw LinuxException.last(call);
        }
    }

    private static ByteBuffer address(int port) {
        ByteBuffer address = ByteBuffer.allocateDirect(ADDRESS).order(ByteOrder.nativeOrder());
        return address.putShort(0, (short) AF_NETLINK).putInt(4, port);
    }

    private static ByteBuffer length() {
        return ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder()).putInt(0, ADDRESS);
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
