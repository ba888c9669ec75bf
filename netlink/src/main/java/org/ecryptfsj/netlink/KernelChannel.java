package org.ecryptfsj.netlink;

import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;

/**
 * The channel on which the kernel's eCryptfs sends requests and receives replies. One thread receives; any thread may reply, in
 * any order.
 *
 * <pre>{@code
 * while (true) {
 *     Optional<Message> message = channel.receive();
 *     if (message.isEmpty()) {
 *         return;
 *     }
 *     try (Message received = message.get()) {
 *         channel.reply(received, answer(received.request()));
 *     }
 * }
 * }</pre>
 */
public sealed interface KernelChannel extends AutoCloseable permits MiscdevChannel, NetlinkChannel {
    /** The transport. */
    enum Kind {
        /** The device /dev/ecryptfs, Linux 2.6.26 and later. */
        MISCDEV,
        /** Netlink protocol 19, before that. */
        NETLINK
    }

    /** The transport of this channel. */
    Kind kind();

    /** Name for administrators: {@code /dev/ecryptfs}, {@code netlink 19}. */
    String name();

    /**
     * The open device, which another process may continue to use. Empty for netlink, where the kernel identifies a daemon by its
     * process id.
     */
    Optional<Descriptor> device();

    /** Requests that were read and not answered, in memory that outlives the process; empty if none are kept. */
    Optional<InFlightStore> inFlightStore();

    /**
     * The next request. Waits for one; after {@link #stopReceiving()} it does not wait, but still returns what is queued.
     *
     * @return closed by the caller; empty when there will be no more: receiving was stopped, the kernel has
     *     {@linkplain #ended() ended} the channel, or it is closed
     * @throws MalformedFrameException if the frame is invalid, so that no reply is possible; the next call continues
     * @throws LinuxException if the channel cannot be read
     */
    Optional<Message> receive() throws LinuxException, MalformedFrameException;

    /**
     * Waits on the receiving thread for that time, or until {@link #stopReceiving()}: after an error of {@link #receive()}.
     *
     * @throws LinuxException if it cannot wait
     */
    void pause(Duration time) throws LinuxException;

    /**
     * Whether the program that sent the {@linkplain #receive() latest} request may not be asleep yet. The kernel queues the
     * request, wakes the receiver, and only then puts the program to sleep; a reply that arrives before has no effect, and the
     * program sleeps until the kernel's timeout. The program is certainly asleep only if its request was the one that ended
     * the receiver's wait, and no other request was queued. To be called on the receiving thread.
     */
    boolean requesterMayBeAwake();

    /**
     * Replies to a request with one write. Closes neither the request nor the reply's secret.
     *
     * @throws StaleReplyException if the kernel no longer waits for this reply; the channel is still usable
     * @throws LinuxException if the channel cannot be written; EBADF after {@link #close()}
     */
    void reply(Message request, Reply reply) throws LinuxException, StaleReplyException;

    /**
     * Ends every present and future wait of {@link #receive()}. Any thread.
     *
     * @throws LinuxException if the waiting thread cannot be woken
     */
    void stopReceiving() throws LinuxException;

    /**
     * Limits each of the receiving thread's waits, from the next one on, so that {@link #lastWaitStart} shows whether the
     * thread is alive.
     */
    void limitWait(Duration longestWait);

    /** Time at which the receiving thread began its latest wait for a request, by System.nanoTime. */
    long lastWaitStart();

    /** Whether the kernel sent QUIT: it sends no more requests. */
    boolean ended();

    /**
     * Sends QUIT and closes the channel, once a {@link #receive()} and the replies in progress have returned. Call
     * {@link #receive()} until it is empty before: the kernel loses requests that are still queued (docs/spec/channel.md,
     * section 7).
     */
    @Override
    void close();
}
