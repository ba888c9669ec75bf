package org.ecryptfsj.netlink;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.LockedMemory;
import org.ecryptfsj.linux.SharedMemory;

/**
 * The requests that were read from /dev/ecryptfs and are not answered yet, in memory that outlives the process: after a crash
 * the next daemon answers them. The kernel sends a request only once (docs/spec/channel.md, section 7).
 *
 * <p>read(2) places a frame directly into this memory, at {@link #readBuffer()}, so that a kill at any moment loses none.
 * Keeping and removing a request takes no allocation and no system call. A frame may hold a file key: the memory is locked into
 * RAM while a daemon maps it; between two daemons it can be swapped.
 *
 * <table>
 * <caption>Layout, version 1; numbers in the machine's byte order</caption>
 * <tr><th>offset</th><th>bytes</th><th>what</th></tr>
 * <tr><td>0</td><td>32</td><td>{@code ecryptfsj-record 1} and a newline; zeros</td></tr>
 * <tr><td>32</td><td>4</td><td>number of daemons that have used it</td></tr>
 * <tr><td>36</td><td>4</td><td>their effective user id</td></tr>
 * <tr><td>1024</td><td>1024</td><td>read buffer</td></tr>
 * <tr><td>2048</td><td>128 times 640</td><td>slots; the kernel's index of a request is the number of its slot</td></tr>
 * <tr><td>83968</td><td>2048</td><td>zeros</td></tr>
 * </table>
 *
 * <table>
 * <caption>A slot</caption>
 * <tr><th>offset</th><th>bytes</th><th>what</th></tr>
 * <tr><td>0</td><td>4</td><td>1 if it holds a request, else 0</td></tr>
 * <tr><td>4</td><td>4</td><td>attempts of later daemons to answer it</td></tr>
 * <tr><td>8</td><td>8</td><td>time of the read: nanoseconds of CLOCK_MONOTONIC, as System.nanoTime returns them</td></tr>
 * <tr><td>16</td><td>4</td><td>length of the frame</td></tr>
 * <tr><td>20</td><td>4</td><td>the request's counter</td></tr>
 * <tr><td>32</td><td>up to 608</td><td>the frame as read, see {@link MiscdevFrame}</td></tr>
 * </table>
 */
public final class InFlightStore implements AutoCloseable {
    /** Size in bytes: whole pages. */
    public static final int SIZE = 86016;

    /** Number of slots. The kernel has 32 requests in flight by default (ecryptfs_message_buf_len). */
    public static final int SLOTS = 128;

    private static final String NAME = "ecryptfsj-record";
    private static final String MAGIC = NAME + " 1\n";
    private static final int MAGIC_BYTES = 32;
    private static final int STARTS = 32;
    private static final int UID = 36;
    private static final int READ_BUFFER = 1024;
    private static final int FIRST_SLOT = 2048;
    private static final int SLOT = 640;

    private static final int FREE = 0;
    private static final int USED = 1;
    private static final int ATTEMPTS = 4;
    private static final int RECEIVED = 8;
    private static final int LENGTH = 16;
    private static final int COUNTER = 20;
    private static final int FRAME = 32;
    private static final int MAX_FRAME = SLOT - FRAME;

    private static final byte[] ZEROS = new byte[SLOT];
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final SharedMemory memory;
    private final ByteBuffer bytes;
    private final ByteBuffer readBuffer;
    private int discarded;
    private long notKept;

    private InFlightStore(SharedMemory memory) {
        this.memory = memory;
        bytes = memory.bytes();
        readBuffer = bytes.slice(READ_BUFFER, ChannelLifecycle.BUFFER);
    }

    /**
     * A request that an earlier daemon has read and not answered.
     *
     * @param message closed by the caller of {@link #unanswered}
     * @param received time of the read, by System.nanoTime
     * @param attempts number of later daemons that have tried to answer it
     */
    public record Entry(Message message, long received, int attempts) {}

    /**
     * Creates an empty store.
     *
     * @return closed by the caller, or by the channel it is given to
     * @throws LinuxException if there is no such memory, or it cannot be locked (RLIMIT_MEMLOCK)
     */
    public static InFlightStore create() throws LinuxException {
        InFlightStore store = new InFlightStore(SharedMemory.create(NAME, SIZE));
        store.markUsed();
        return store;
    }

    /**
     * Opens the store of an earlier daemon. Invalid slots are wiped and counted as {@linkplain #discarded() discarded}.
     *
     * @param descriptor an empty file becomes an empty store; closed with the result, still the caller's if this throws
     * @throws UnknownInFlightFormatException if it has another version or is not a store; it is left unchanged
     * @throws LinuxException if it is not in memory, or cannot be mapped and locked
     */
    public static InFlightStore adopt(Descriptor descriptor) throws LinuxException, UnknownInFlightFormatException {
        long size = SharedMemory.size(descriptor);
        if (size != 0 && size != SIZE) {
            throw new UnknownInFlightFormatException("size is " + size + " bytes, expected " + SIZE);
        }
        SharedMemory memory = SharedMemory.adopt(descriptor, SIZE);
        InFlightStore store = new InFlightStore(memory);
        if (!store.isEmpty()) {
            store.requireKnownFormat();
            store.wipeInvalidSlots();
        }
        store.markUsed();
        return store;
    }

    /**
     * Discards the contents of a file in memory and creates an empty store in it.
     *
     * @param descriptor as for {@link #adopt}
     * @throws LinuxException if that file's size cannot change, or as for {@link #adopt}
     */
    public static InFlightStore startOver(Descriptor descriptor) throws LinuxException {
        SharedMemory.truncate(descriptor);
        InFlightStore store = new InFlightStore(SharedMemory.adopt(descriptor, SIZE));
        store.markUsed();
        return store;
    }

    private boolean isEmpty() {
        for (int i = 0; i < MAGIC_BYTES; i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private void requireKnownFormat() throws UnknownInFlightFormatException {
        byte[] magic = new byte[MAGIC_BYTES];
        bytes.get(0, magic);
        String text = new String(magic, StandardCharsets.ISO_8859_1);
        if (!text.startsWith(MAGIC)) {
            throw new UnknownInFlightFormatException("header is not '" + MAGIC.strip() + "'");
        }
        if (bytes.getInt(UID) != Account.effectiveUid()) {
            throw new UnknownInFlightFormatException(
                    "it belongs to uid " + Integer.toUnsignedString(bytes.getInt(UID)));
        }
    }

    private void markUsed() {
        bytes.putInt(STARTS, bytes.getInt(STARTS) + 1).putInt(UID, Account.effectiveUid());
        bytes.put(0, MAGIC.getBytes(StandardCharsets.US_ASCII));
    }

    /** Number of daemons that have used the store, including this one. */
    public int starts() {
        return bytes.getInt(STARTS);
    }

    /** Number of invalid slots that {@link #adopt} has wiped. */
    public int discarded() {
        return discarded;
    }

    /** Requests since the start whose kernel index has no slot, because the kernel has more in flight than {@link #SLOTS}. */
    public synchronized long notKept() {
        return notKept;
    }

    /** The descriptor that keeps the memory alive, for the supervisor to hold. */
    public Descriptor descriptor() {
        return memory.descriptor();
    }

    /** Buffer for reads of the device; wiped by the reader once the frame is {@linkplain #keep kept}. */
    ByteBuffer readBuffer() {
        return readBuffer;
    }

    /**
     * Keeps the frame in the read buffer until it is {@linkplain #remove removed}.
     *
     * @param message the parsed frame
     * @param length of the frame in bytes
     */
    synchronized void keep(Message message, int length) {
        int slot = slot(message.index());
        if (slot < 0 || length > MAX_FRAME) {
            notKept++;
            return;
        }
        // The kernel may have used the index of an unanswered request again.
        free(slot);
        if (message.request() instanceof Request.Tag64Request) {
            // The key in it is encrypted, so a fast copy does no harm.
            LockedMemory.bulkCopy(readBuffer, 0, bytes, slot + FRAME, length);
        } else {
            LockedMemory.copy(readBuffer, 0, bytes, slot + FRAME, length);
        }
        bytes.putInt(slot + ATTEMPTS, 0)
                .putLong(slot + RECEIVED, System.nanoTime())
                .putInt(slot + LENGTH, length)
                .putInt(slot + COUNTER, message.counter());
        INT.setVolatile(bytes, slot, USED);
    }

    /** Wipes a request, if the store still has it. */
    synchronized void remove(Message message) {
        int slot = slot(message.index());
        if (slot >= 0 && bytes.getInt(slot) == USED && bytes.getInt(slot + COUNTER) == message.counter()) {
            free(slot);
        }
    }

    private void free(int slot) {
        int length = bytes.getInt(slot + LENGTH);
        INT.setVolatile(bytes, slot, FREE);
        bytes.put(slot, ZEROS, 0, Math.min(SLOT, FRAME + Math.max(0, length)));
    }

    /** Counts one more attempt to answer a request of an earlier daemon. */
    public synchronized void recordAttempt(Message message) {
        int slot = slot(message.index());
        if (slot >= 0 && bytes.getInt(slot) == USED && bytes.getInt(slot + COUNTER) == message.counter()) {
            bytes.putInt(slot + ATTEMPTS, bytes.getInt(slot + ATTEMPTS) + 1);
        }
    }

    /** Sets the attempts of every request to 0: for a process that ends in order. */
    public synchronized void resetAttempts() {
        for (int i = 0; i < SLOTS; i++) {
            bytes.putInt(FIRST_SLOT + i * SLOT + ATTEMPTS, 0);
        }
    }

    /** Requests that were read and not answered, the oldest first. Each stays in the store until it is answered. */
    public synchronized List<Entry> unanswered() {
        List<Entry> all = new ArrayList<>();
        for (int i = 0; i < SLOTS; i++) {
            int slot = FIRST_SLOT + i * SLOT;
            if (bytes.getInt(slot) == USED) {
                parse(slot)
                        .ifPresent(message -> all.add(
                                new Entry(message, bytes.getLong(slot + RECEIVED), bytes.getInt(slot + ATTEMPTS))));
            }
        }
        all.sort(Comparator.comparingLong(Entry::received));
        return all;
    }

    private void wipeInvalidSlots() {
        recoverReadBuffer();
        for (int i = 0; i < SLOTS; i++) {
            int slot = FIRST_SLOT + i * SLOT;
            int state = bytes.getInt(slot);
            Optional<Message> message = state == USED ? parse(slot) : Optional.empty();
            if (message.isPresent()) {
                message.get().close();
            } else {
                discarded += state == FREE ? 0 : 1;
                bytes.put(slot, ZEROS, 0, SLOT);
            }
        }
    }

    private void recoverReadBuffer() {
        try {
            if (readBuffer.get(0) == MessageType.REQUEST.code()) {
                ByteBuffer frame = readBuffer.duplicate().clear();
                int length = MiscdevFrame.size(frame);
                if (MiscdevFrame.parse(frame.limit(length)) instanceof Frame.RequestFrame received) {
                    recover(received.message(), length);
                }
            }
        } catch (MalformedFrameException e) {
            discarded++;
        } finally {
            LockedMemory.wipe(readBuffer);
        }
    }

    private void recover(Message message, int length) {
        try (message) {
            int slot = slot(message.index());
            boolean kept = slot >= 0 && bytes.getInt(slot) == USED && bytes.getInt(slot + COUNTER) == message.counter();
            if (!kept) {
                keep(message, length);
            }
        }
    }

    /** The request in a slot; empty if the slot is invalid, or the request belongs to another slot. */
    private Optional<Message> parse(int slot) {
        int length = bytes.getInt(slot + LENGTH);
        if (length < MiscdevFrame.HEADER || length > MAX_FRAME || bytes.getInt(slot + ATTEMPTS) < 0) {
            return Optional.empty();
        }
        try {
            if (MiscdevFrame.parse(bytes.slice(slot + FRAME, length)) instanceof Frame.RequestFrame received) {
                if (slot(received.message().index()) == slot
                        && received.message().counter() == bytes.getInt(slot + COUNTER)) {
                    return Optional.of(received.message());
                }
                received.message().close();
            }
        } catch (MalformedFrameException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** Offset of the slot of a kernel index; -1 if there is none. */
    private static int slot(int index) {
        return index < 0 || index >= SLOTS ? -1 : FIRST_SLOT + index * SLOT;
    }

    /** Wipes all requests and unmaps the memory. */
    @Override
    public synchronized void close() {
        LockedMemory.wipe(readBuffer);
        for (int i = 0; i < SLOTS; i++) {
            bytes.put(FIRST_SLOT + i * SLOT, ZEROS, 0, SLOT);
        }
        memory.close();
    }
}
