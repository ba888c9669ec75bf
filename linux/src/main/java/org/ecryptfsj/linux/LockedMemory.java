package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A piece of off-heap memory that is locked into RAM (mlock), left out of core dumps (MADV_DONTDUMP) and wiped when it is
 * closed. The pages are kept for reuse, never unlocked: a slot handed out twice was wiped in between.
 *
 * <p>Memory is locked 64 KiB at a time; where the limit (RLIMIT_MEMLOCK) does not allow that, as little as the piece needs.
 * Where not even that is allowed, a process that {@linkplain #allowUnlocked permits it} uses memory that can be swapped out,
 * and is still wiped.
 */
public final class LockedMemory implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int SLAB = 16 * PAGE;
    private static final int SMALL = 128;
    private static final int LARGE = 1024;
    private static final int MANY_PAGES = 4 * PAGE;
    private static final int[] SLOT_SIZES = {SMALL, LARGE, PAGE, MANY_PAGES, SLAB};
    private static final int MADV_DONTDUMP = 16;

    /** Copied over bytes to be wiped: faster than a loop that is not compiled yet. */
    private static final byte[] ZEROS = new byte[LARGE];

    /** Free slots by their size. */
    private static final Map<Integer, Deque<ByteBuffer>> FREE_SLOTS = new TreeMap<>();

    /** Called once with a warning; null if secrets must be locked. */
    private static Consumer<String> unlockedWarning;

    private static boolean warned;
    private static boolean canLock = true;

    private final ByteBuffer slot;
    private final int size;
    private boolean open = true;

    private LockedMemory(ByteBuffer slot, int size) {
        this.slot = slot;
        this.size = size;
    }

    /**
     * A zeroed piece.
     *
     * @param size bytes, 0 to 65536
     * @throws MemoryLockException if the kernel refuses to lock more memory (RLIMIT_MEMLOCK), unless that is {@linkplain
     *     #allowUnlocked allowed}
     * @throws IllegalArgumentException if the size is out of range
     */
    public static LockedMemory allocate(int size) {
        if (size < 0 || size > SLAB) {
            throw new IllegalArgumentException("size " + size + " is not between 0 and " + SLAB);
        }
        return new LockedMemory(takeSlot(size), size);
    }

    /**
     * From now on, memory that cannot be locked is used unlocked. For short-lived programs that could not run otherwise.
     *
     * @param warning receives a message the first time
     */
    public static synchronized void allowUnlocked(Consumer<String> warning) {
        unlockedWarning = warning;
        warned = false;
    }

    /**
     * From now on no memory is locked, for programs without native functions. It is still wiped.
     *
     * @param warning receives a message when the first piece is allocated
     */
    public static synchronized void neverLock(Consumer<String> warning) {
        canLock = false;
        allowUnlocked(warning);
    }

    /** Bytes in this piece. */
    public int size() {
        return size;
    }

    /**
     * The bytes as a direct buffer, position 0, limit {@link #size()}, big endian. It is valid until {@link #close()}: a
     * view kept longer would show the slot's next content.
     *
     * @throws IllegalStateException after close
     */
    public synchronized ByteBuffer buffer() {
        if (!open) {
            throw new IllegalStateException("the memory was wiped and released");
        }
        return slot.slice(0, size);
    }

    /** Wipes the bytes and releases the slot. A second call does nothing. */
    @Override
    public synchronized void close() {
        if (!open) {
            return;
        }
        open = false;
        wipe(slot);
        synchronized (LockedMemory.class) {
            freeList(slot.capacity()).push(slot);
        }
    }

    /** Overwrites the whole buffer, from 0 to its capacity, with zeros. */
    public static void wipe(ByteBuffer buffer) {
        int capacity = buffer.capacity();
        buffer.limit(capacity);
        for (int at = 0; at < capacity; at += ZEROS.length) {
            buffer.put(at, ZEROS, 0, Math.min(ZEROS.length, capacity - at));
        }
    }

    /**
     * Copies secret bytes one by one; no position moves. A bulk copy would leave some of them in the processor's vector registers,
     * which the JVM writes to a thread's stack whenever it stops the thread, and they would stay there.
     *
     * @param length bytes
     * @throws IndexOutOfBoundsException if either buffer ends before that
     */
    public static void copy(ByteBuffer source, int from, ByteBuffer target, int to, int length) {
        for (int i = 0; i < length; i++) {
            target.put(to + i, source.get(from + i));
        }
    }

    /**
     * Copies bytes that are not secret: many times as fast as {@link #copy}.
     *
     * @param length bytes
     * @throws IndexOutOfBoundsException if either buffer ends before that
     */
    public static void bulkCopy(ByteBuffer source, int from, ByteBuffer target, int to, int length) {
        target.put(to, source, from, length);
    }

    private static synchronized ByteBuffer takeSlot(int size) {
        int slotSize = slotSize(size);
        Deque<ByteBuffer> free = freeList(slotSize);
        if (free.isEmpty()) {
            ByteBuffer slab = slab(slotSize);
            for (int at = 0; at < slab.capacity(); at += slotSize) {
                free.push(slab.slice(at, slotSize));
            }
        }
        return free.pop();
    }

    private static int slotSize(int size) {
        for (int slotSize : SLOT_SIZES) {
            if (size <= slotSize) {
                return slotSize;
            }
        }
        throw new IllegalArgumentException("size " + size + " is more than " + SLAB);
    }

    private static Deque<ByteBuffer> freeList(int slotSize) {
        return FREE_SLOTS.computeIfAbsent(slotSize, any -> new ArrayDeque<>());
    }

    private static ByteBuffer slab(int slotSize) {
        if (!canLock) {
            warnOnce("secrets are kept in memory that is wiped, but not locked: it can be swapped out");
            return pages(SLAB);
        }
        try {
            return locked(SLAB);
        } catch (MemoryLockException slabRefused) {
            int needed = Math.max(slotSize, PAGE);
            try {
                return locked(needed);
            } catch (MemoryLockException refused) {
                if (unlockedWarning == null) {
                    throw refused;
                }
                warnOnce("secrets are kept in memory that the kernel may swap out: " + refused.getMessage());
                return pages(needed);
            }
        }
    }

    private static void warnOnce(String text) {
        if (!warned) {
            warned = true;
            unlockedWarning.accept(text);
        }
    }

    private static ByteBuffer pages(int size) {
        return ByteBuffer.allocateDirect(size + PAGE).alignedSlice(PAGE).slice(0, size);
    }

    private static ByteBuffer locked(int size) {
        ByteBuffer slab = pages(size);
        if (LibC.INSTANCE.mlock(slab, size) != 0) {
            throw new MemoryLockException(LinuxException.last("mlock " + size + " bytes"));
        }
        if (LibC.INSTANCE.madvise(slab, size, MADV_DONTDUMP) != 0) {
            throw new MemoryLockException(LinuxException.last("madvise MADV_DONTDUMP"));
        }
        return slab;
    }
}
