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
 * The requests that were read from /dev/ecryptfs and are not answered yet, in memory that outlives the process: what a killed
 * daemon had read, its successor answers. The kernel sends a request only once (docs/spec/channel.md, section 7).
 *
 * <p>The kernel's own read(2) puts a frame here, into {@link #landing()}, so that there is no moment at which a kill could
 * lose it. Keeping one and wiping it cost no allocation and no system call. A frame may hold a file key: the memory is
 * locked into RAM while a daemon maps it; between two daemons it can be swapped.
 *
 * <table>
 * <caption>Layout, version 1; numbers in the machine's byte order</caption>
 * <tr><th>offset</th><th>bytes</th><th>what</th></tr>
 * <tr><td>0</td><td>32</td><td>{@code ecryptfsj-record 1} and a newline; zeros</td></tr>
 * <tr><td>32</td><td>4</td><td>how many daemons have used it</td></tr>
 * <tr><td>36</td><td>4</td><td>the effective user id of those</td></tr>
 * <tr><td>1024</td><td>1024</td><td>where frames land</td></tr>
 * <tr><td>2048</td><td>128 times 640</td><td>slots; a request is in the one of its kernel index</td></tr>
 * <tr><td>83968</td><td>2048</td><td>zeros</td></tr>
 * </table>
 *
 * <table>
 * <caption>A slot</caption>
 * <tr><th>offset</th><th>bytes</th><th>what</th></tr>
 * <tr><td>0</td><td>4</td><td>1 if it holds a request, else 0</td></tr>
 * <tr><td>4</td><td>4</td><td>successors that have tried to answer it</td></tr>
 * <tr><td>8</td><td>8</td><td>when it was read: nanoseconds of CLOCK_MONOTONIC, as System.nanoTime tells them</td></tr>
 * <tr><td>16</td><td>4</td><td>bytes of the frame</td></tr>
 * <tr><td>20</td><td>4</td><td>the request's counter</td></tr>
 * <tr><td>32</td><td>up to 608</td><td>the frame as it was read, see {@link MiscdevFrame}</td></tr>
 * </table>
 */
public final class InFlightStore implements AutoCloseable {
    /** Bytes of it: whole pages. */
    public static final int SIZE = 86016;

    /** Requests in flight that it has room for; the kernel's default is 32 (ecryptfs_message_buf_len). */
    public static final int SLOTS = 128;

    /** The daemon that read it and the next one have died: it may be what kills them. */
    private static final int TRIED_AMONG_OTHERS = 1;

    /** Two more have died over it alone. */
    private static final int MOST_TRIED = 3;

    private static final String NAME = "ecryptfsj-record";
    private static final String TITLE = NAME + " 1\n";
    private static final int TITLE_BYTES = 32;
    private static final int STARTS = 32;
    private static final int UID = 36;
    private static final int LANDING = 1024;
    private static final int FIRST_SLOT = 2048;
    private static final int SLOT = 640;

    private static final int FREE = 0;
    private static final int KEPT = 1;
    private static final int TRIED = 4;
    private static final int RECEIVED = 8;
    private static final int LENGTH = 16;
    private static final int COUNTER = 20;
    private static final int FRAME = 32;
    private static final int MOST_FRAME = SLOT - FRAME;

    private static final byte[] ZEROS = new byte[SLOT];
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final SharedMemory memory;
    private final ByteBuffer bytes;
    private final ByteBuffer landing;
    private int discarded;
    private long unkept;

    private InFlightStore(SharedMemory memory) {
        this.memory = memory;
        bytes = memory.bytes();
        landing = bytes.slice(LANDING, ChannelLifecycle.BUFFER);
    }

    /**
     * A request that an earlier daemon has read.
     *
     * @param message closed by whoever takes it
     * @param received when, by System.nanoTime
     * @param suspicion whether it may be what killed that daemon
     */
    public record Kept(Message message, long received, Suspicion suspicion) {}

    /** What is to be thought of a request whose daemon died. */
    public enum Suspicion {
        /** It is answered like any other. */
        NONE,
        /** It was there at two deaths: it is answered by itself. */
        SUSPECT,
        /** Two more daemons died while they answered nothing else: it is refused. */
        GUILTY
    }

    /**
     * A fresh one.
     *
     * @return closed by the caller, or by the channel it is given to
     * @throws LinuxException if there is no such memory, or it cannot be locked (RLIMIT_MEMLOCK)
     */
    public static InFlightStore create() throws LinuxException {
        InFlightStore record = new InFlightStore(SharedMemory.create(NAME, SIZE));
        record.begin();
        return record;
    }

    /**
     * Goes on with what an earlier daemon left. Slots that make no sense are wiped, and counted as
     * {@linkplain #discarded() discarded}.
     *
     * @param descriptor an empty file is made a fresh record; closed with the result, still the caller's if this throws
     * @throws UnknownInFlightFormatException if it is of another version, or no record; nothing in it was touched
     * @throws LinuxException if it is no memory, or cannot be mapped and locked
     */
    public static InFlightStore adopt(Descriptor descriptor) throws LinuxException, UnknownInFlightFormatException {
        long size = SharedMemory.size(descriptor);
        if (size != 0 && size != SIZE) {
            throw new UnknownInFlightFormatException("it has " + size + " bytes, not " + SIZE);
        }
        SharedMemory memory = SharedMemory.adopt(descriptor, SIZE);
        InFlightStore record = new InFlightStore(memory);
        if (!record.isBlank()) {
            record.requireKnown();
            record.wipeNonsense();
        }
        record.begin();
        return record;
    }

    /**
     * Forgets what is in a file in memory, whatever it is, and begins a fresh record in it.
     *
     * @param descriptor as for {@link #adopt}
     * @throws LinuxException if that file's size cannot change, or as for {@link #adopt}
     */
    public static InFlightStore startOver(Descriptor descriptor) throws LinuxException {
        SharedMemory.truncate(descriptor);
        InFlightStore record = new InFlightStore(SharedMemory.adopt(descriptor, SIZE));
        record.begin();
        return record;
    }

    private boolean isBlank() {
        for (int i = 0; i < TITLE_BYTES; i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private void requireKnown() throws UnknownInFlightFormatException {
        byte[] title = new byte[TITLE_BYTES];
        bytes.get(0, title);
        String text = new String(title, StandardCharsets.ISO_8859_1);
        if (!text.startsWith(TITLE)) {
            throw new UnknownInFlightFormatException("it does not begin with " + TITLE.strip());
        }
        if (bytes.getInt(UID) != Account.effectiveUid()) {
            throw new UnknownInFlightFormatException("it is of uid " + Integer.toUnsignedString(bytes.getInt(UID)));
        }
    }

    private void begin() {
        bytes.putInt(STARTS, bytes.getInt(STARTS) + 1).putInt(UID, Account.effectiveUid());
        bytes.put(0, TITLE.getBytes(StandardCharsets.US_ASCII));
    }

    /** Daemons that have used it, this one included. */
    public int starts() {
        return bytes.getInt(STARTS);
    }

    /** Slots of an earlier daemon that made no sense. */
    public int discarded() {
        return discarded;
    }

    /** Requests since the start that there was no slot for: the kernel has more in flight than {@link #SLOTS}. */
    public synchronized long unkept() {
        return unkept;
    }

    /** What keeps it alive, to be handed on. */
    public Descriptor descriptor() {
        return memory.descriptor();
    }

    /** Where the device is read into; wiped by the reader once the frame is {@linkplain #keep kept}. */
    ByteBuffer landing() {
        return landing;
    }

    /**
     * Keeps the frame that has landed, until it is {@linkplain #answered answered}.
     *
     * @param message what the frame says
     * @param length bytes of the frame
     */
    synchronized void keep(Message message, int length) {
        int slot = slot(message.index());
        if (slot < 0 || length > MOST_FRAME) {
            unkept++;
            return;
        }
        // Over what is left of a request whose index the kernel has used again, if anything.
        free(slot);
        if (message.request() instanceof Request.Tag64Request) {
            // Its key is encrypted.
            LockedMemory.bulkCopy(landing, 0, bytes, slot + FRAME, length);
        } else {
            LockedMemory.copy(landing, 0, bytes, slot + FRAME, length);
        }
        bytes.putInt(slot + TRIED, 0)
                .putLong(slot + RECEIVED, System.nanoTime())
                .putInt(slot + LENGTH, length)
                .putInt(slot + COUNTER, message.counter());
        INT.setVolatile(bytes, slot, KEPT);
    }

    /** Wipes a request, if it is still there. */
    synchronized void answered(Message message) {
        int slot = slot(message.index());
        if (slot >= 0 && bytes.getInt(slot) == KEPT && bytes.getInt(slot + COUNTER) == message.counter()) {
            free(slot);
        }
    }

    private void free(int slot) {
        int length = bytes.getInt(slot + LENGTH);
        INT.setVolatile(bytes, slot, FREE);
        bytes.put(slot, ZEROS, 0, Math.min(SLOT, FRAME + Math.max(0, length)));
    }

    /** Counts one more try for a request of an earlier daemon. */
    public synchronized void trying(Message message) {
        int slot = slot(message.index());
        if (slot >= 0 && bytes.getInt(slot) == KEPT && bytes.getInt(slot + COUNTER) == message.counter()) {
            bytes.putInt(slot + TRIED, bytes.getInt(slot + TRIED) + 1);
        }
    }

    /** Takes every try back: this process ends in order, and none of the requests is to blame. */
    public synchronized void pardon() {
        for (int i = 0; i < SLOTS; i++) {
            bytes.putInt(FIRST_SLOT + i * SLOT + TRIED, 0);
        }
    }

    /** What an earlier daemon has read and not answered, the oldest first. Each stays here until it is answered. */
    synchronized List<Kept> unanswered() {
        List<Kept> all = new ArrayList<>();
        for (int i = 0; i < SLOTS; i++) {
            int slot = FIRST_SLOT + i * SLOT;
            if (bytes.getInt(slot) == KEPT) {
                parse(slot)
                        .ifPresent(message -> all.add(new Kept(
                                message, bytes.getLong(slot + RECEIVED), suspicion(bytes.getInt(slot + TRIED)))));
            }
        }
        all.sort(Comparator.comparingLong(Kept::received));
        return all;
    }

    private static Suspicion suspicion(int tried) {
        return tried < TRIED_AMONG_OTHERS ? Suspicion.NONE : tried < MOST_TRIED ? Suspicion.SUSPECT : Suspicion.GUILTY;
    }

    /** What landed last and was not kept; and everything that is no request. */
    private void wipeNonsense() {
        rescueLanded();
        for (int i = 0; i < SLOTS; i++) {
            int slot = FIRST_SLOT + i * SLOT;
            int state = bytes.getInt(slot);
            Optional<Message> message = state == KEPT ? parse(slot) : Optional.empty();
            if (message.isPresent()) {
                message.get().close();
            } else {
                discarded += state == FREE ? 0 : 1;
                bytes.put(slot, ZEROS, 0, SLOT);
            }
        }
    }

    private void rescueLanded() {
        try {
            if (landing.get(0) == MessageType.REQUEST.code()) {
                ByteBuffer frame = landing.duplicate().clear();
                int length = MiscdevFrame.size(frame);
                if (MiscdevFrame.parse(frame.limit(length)) instanceof Frame.Asked asked) {
                    rescue(asked.message(), length);
                }
            }
        } catch (MalformedFrameException e) {
            discarded++;
        } finally {
            LockedMemory.wipe(landing);
        }
    }

    private void rescue(Message message, int length) {
        try (message) {
            int slot = slot(message.index());
            boolean kept = slot >= 0 && bytes.getInt(slot) == KEPT && bytes.getInt(slot + COUNTER) == message.counter();
            if (!kept) {
                keep(message, length);
            }
        }
    }

    /** The request in a slot; empty if it is none, or not one of that slot. */
    private Optional<Message> parse(int slot) {
        int length = bytes.getInt(slot + LENGTH);
        if (length < MiscdevFrame.HEADER || length > MOST_FRAME || bytes.getInt(slot + TRIED) < 0) {
            return Optional.empty();
        }
        try {
            if (MiscdevFrame.parse(bytes.slice(slot + FRAME, length)) instanceof Frame.Asked asked) {
                if (slot(asked.message().index()) == slot
                        && asked.message().counter() == bytes.getInt(slot + COUNTER)) {
                    return Optional.of(asked.message());
                }
                asked.message().close();
            }
        } catch (MalformedFrameException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** Where the slot of a kernel index begins; -1 if there is none. */
    private static int slot(int index) {
        return index < 0 || index >= SLOTS ? -1 : FIRST_SLOT + index * SLOT;
    }

    /** Wipes everything and lets go of it. */
    @Override
    public synchronized void close() {
        LockedMemory.wipe(landing);
        for (int i = 0; i < SLOTS; i++) {
            bytes.put(FIRST_SLOT + i * SLOT, ZEROS, 0, SLOT);
        }
        memory.close();
    }
}
