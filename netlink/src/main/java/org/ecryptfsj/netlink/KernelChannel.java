package org.ecryptfsj.netlink;

import java.time.Duration;
import java.util.Optional;
import org.ecryptfsj.linux.LinuxException;

/**
 * Where the kernel's eCryptfs asks and is answered. One thread receives; any thread may reply, in any order.
 *
 * <pre>{@code
 * while (true) {
 *     Optional<Message> message = channel.receive();
 *     if (message.isEmpty()) {
 *         return;
 *     }
 *     try (Message asked = message.get()) {
 *         channel.reply(asked, answer(asked.request()));
 *     }
 * }
 * }</pre>
 */
public sealed interface KernelChannel extends AutoCloseable permits MiscdevChannel, NetlinkChannel {
    /** How the kernel is reached. */
    enum Kind {
        /** The device /dev/ecryptfs, Linux 2.6.26 and later. */
        MISCDEV,
        /** Netlink protocol 19, before that. */
        NETLINK
    }

    /** Which of the two this is. */
    Kind kind();

    /** What the administrator knows it by: {@code /dev/ecryptfs}, {@code netlink 19}. */
    String name();

    /**
     * The next request. Waits for one; after {@link #stopReceiving()} it waits no longer, and returns what is still
     * queued.
     *
     * @return closed by the caller; empty when there will be no more: receiving was stopped, the kernel has
     *     {@linkplain #ended() ended} the channel, or it is closed
     * @throws MalformedFrameException if what came in is no message, so that nobody can be answered; receiving can go on
     * @throws LinuxException if the channel cannot be read
     */
    Optional<Message> receive() throws LinuxException, MalformedFrameException;

    /**
     * Waits that long, on the receiving thread, or until {@link #stopReceiving()}: after an error of {@link #receive()}.
     *
     * @throws LinuxException if it cannot wait
     */
    void pause(Duration time) throws LinuxException;

    /**
     * Whether the program that asked for what was {@linkplain #receive() received} last may not be asleep yet. It sends its
     * request, wakes the receiver, and only then goes to sleep; an answer that comes before wakes nobody, and the program
     * sleeps until the kernel's timeout is over, and finds the answer then. The receiver has been woken by it if it had to
     * wait for the request, and found no other; else another program's request may have kept it awake. To be asked by the
     * receiving thread.
     */
    boolean unsettled();

    /**
     * Answers a request with one write. Neither the request nor the reply's secret is closed.
     *
     * @throws StaleReplyException if the kernel no longer waits for this answer; the channel is fine
     * @throws LinuxException if it cannot be written; EBADF after {@link #close()}
     */
    void reply(Message request, Reply reply) throws LinuxException, StaleReplyException;

    /**
     * Ends every present and future wait of {@link #receive()}. Any thread.
     *
     * @throws LinuxException if the waiting thread cannot be woken
     */
    void stopReceiving() throws LinuxException;

    /**
     * From its next wait on, the receiving thread waits no longer than that at a time, so that {@link #lastTurn} tells
     * whether it is alive.
     */
    void turnEvery(Duration longestWait);

    /** When the receiving thread began its latest wait for a request, by System.nanoTime. */
    long lastTurn();

    /** Whether the kernel said QUIT: it sends no more requests. */
    boolean ended();

    /**
     * Says QUIT and closes, once a {@link #receive()} and the replies under way are through. Receive until it is empty
     * before: the kernel handles requests badly that are left in its queue (docs/spec/channel.md, section 7).
     */
    @Override
    void close();
}
