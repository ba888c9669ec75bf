package org.ecryptfsj.netlink;

import org.ecryptfsj.linux.LinuxException;

/** The other end of a channel, over real descriptors. */
interface PretendKernel extends AutoCloseable {
    /** The channel under test, open; closed with this. */
    KernelChannel channel();

    /** Sends a request. */
    void asks(int index, int counter, byte[] packet) throws LinuxException;

    /** Sends HELO or QUIT. */
    void says(MessageType type) throws LinuxException;

    /** Sends something that is no frame. */
    void babbles() throws LinuxException;

    /** Receives a reply, which must pass the kernel's checks. */
    KernelSide.Answer hears() throws LinuxException;

    /** Receives HELO or QUIT. */
    void hearsBare(MessageType type) throws LinuxException;

    /** Whether there is nothing to receive. */
    boolean hearsNothing() throws LinuxException;

    @Override
    void close();
}
