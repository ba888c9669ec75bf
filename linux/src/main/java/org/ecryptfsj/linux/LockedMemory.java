package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import jnr.ffi.Pointer;

/**
 * A piece of off-heap memory that is locked into RAM (mlock), left out of core dumps (MADV_DONTDUMP) and wiped when it is
 * closed. The pages are kept for reuse, never unlocked: a slot handed out twice was wiped in between.
 */
public final class LockedMemory implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int SLAB = 16 * PAGE;
    private static final int SMALL = 128;
    private static final int LARGE = 1024;
    private static final int MADV_DONTDUMP = 16;

    /** Copied over what is to be wiped: one copy of memory, where a loop would be many steps until it is compiled. */
    private static final byte[] ZEROS = new byte[LARGE];

    private static final Deque<ByteBuffer> SMALL_SLOTS = new ArrayDeque<>();
    private static final Deque<ByteBuffer> LARGE_SLOTS = new ArrayDeque<>();
    private static final Deque<ByteBuffer> SLAB_SLOTS = new ArrayDeque<>();

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
     * @throws MemoryLockException if the kernel refuses to lock more memory (RLIMIT_MEMLOCK)
     * @throws IllegalArgumentException if the size is out of range
     */
    public static LockedMemory allocate(int size) {
        if (size < 0 || size > SLAB) {
            throw new IllegalArgumentException("size " + size + " is not between 0 and " + SLAB);
        }
        return new LockedMemory(takeSlot(size), size);
    }

    /** Bytes in this piece. */
    public int size() {
        return size;
    }

    /**
     * The bytes as a direct buffer, position 0, limit {@link #size()}, big endian. It is valid until {@link #close()}: a
     * view kept longer would see what the slot holds next.
     *
     * @throws IllegalStateException after close
     */
    public synchronized ByteBuffer buffer() {
        if (!open) {
            throw new IllegalStateException("the memory was wiped and given back");
        }
        return slot.slice(0, size);
    }

    /** Wipes the bytes and gives the slot back. A second call does nothing. */
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
     * Copies bytes, one after the other; no position moves. What copies memory at once leaves some of it in the processor's
     * vector registers, and whenever the JVM stops a thread for a moment it puts those on that thread's stack, where they stay.
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
     * The same many times as fast, for what is no secret.
     *
     * @param length bytes
     * @throws IndexOutOfBoundsException if either buffer ends before that
     */
    public static void copyAtOnce(ByteBuffer source, int from, ByteBuffer target, int to, int length) {
        target.put(to, source, from, length);
    }

    private static synchronized ByteBuffer takeSlot(int size) {
        int slotSize = size <= SMALL ? SMALL : size <= LARGE ? LARGE : SLAB;
        Deque<ByteBuffer> free = freeList(slotSize);
        if (free.isEmpty()) {
            ByteBuffer slab = lockedSlab();
            for (int at = 0; at < SLAB; at += slotSize) {
                free.push(slab.slice(at, slotSize));
            }
        }
        return free.pop();
    }

    private static Deque<ByteBuffer> freeList(int slotSize) {
        return slotSize == SMALL ? SMALL_SLOTS : slotSize == LARGE ? LARGE_SLOTS : SLAB_SLOTS;
    }

    private static ByteBuffer lockedSlab() {
        ByteBuffer slab =
                ByteBuffer.allocateDirect(SLAB + PAGE).alignedSlice(PAGE).slice(0, SLAB);
        Pointer address = Pointer.wrap(Native.RUNTIME, slab);
        if (Native.C.mlock(address, SLAB) != 0) {
            throw new MemoryLockException(LinuxException.last("mlock " + SLAB + " bytes"));
        }
        if (Native.C.madvise(address, SLAB, MADV_DONTDUMP) != 0) {
            throw new MemoryLockException(LinuxException.last("madvise MADV_DONTDUMP"));
        }
        return slab;
    }
}
