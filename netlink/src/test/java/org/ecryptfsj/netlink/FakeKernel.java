package org.ecryptfsj.netlink;

import org.ecryptfsj.linux.LinuxException;

/** The kernel at the other end of a channel, over real descriptors. */
interface FakeKernel extends AutoCloseable {
    /** The channel under test, open; closed with this. */
    KernelChannel channel();

    /** Sends a request. */
    void sendRequest(int index, int counter, byte[] packet) throws LinuxException;

    /** Sends HELO or QUIT. */
    void sendBare(MessageType type) throws LinuxException;

    /** Sends bytes that are not a frame. */
    void sendMalformed() throws LinuxException;

    /** Receives a reply, which must pass the kernel's checks. */
    TestFrames.Answer receiveReply() throws LinuxException;

    /** Receives HELO or QUIT. */
    void receiveBare(MessageType type) throws LinuxException;

    /** Whether nothing was sent to the kernel. */
    boolean hasReceivedNothing() throws LinuxException;

    @Override
    void close();
}
