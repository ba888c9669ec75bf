package org.ecryptfsj.linux;

import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Platform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory that C functions read and write. */
public final class NativeMemory {
    /** The bytes of a C long and of a pointer. */
    public static final int WORD = Platform.getPlatform().addressSize() / Byte.SIZE;

    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    private NativeMemory() {}

    /**
     * The address of a buffer's next byte. It is valid as long as the buffer is reachable.
     *
     * @param buffer a direct buffer, or null, whose address is 0
     * @throws IllegalArgumentException if its bytes are on the heap, where they have no address
     */
    public static long address(ByteBuffer buffer) {
        if (buffer == null) {
            return 0;
        }
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("a C function cannot be given a buffer on the heap");
        }
        return MEMORY.getDirectBufferAddress(buffer) + buffer.position();
    }

    /**
     * Memory that belongs to a C library.
     *
     * @param address not 0
     * @param size bytes
     * @return the bytes themselves, in the machine's order; valid until the library frees them
     */
    public static ByteBuffer view(long address, int size) {
        return MEMORY.newDirectByteBuffer(address, size).order(ByteOrder.nativeOrder());
    }

    /**
     * A text of C, up to its zero.
     *
     * @param address not 0
     */
    public static byte[] text(long address) {
        return MEMORY.getZeroTerminatedByteArray(address);
    }

    /** The C long, or the pointer, at an offset of a structure; of a C long the sign is kept. */
    public static long word(ByteBuffer structure, int offset) {
        return WORD == Long.BYTES ? structure.getLong(offset) : structure.getInt(offset);
    }

    /** Writes a C long or a pointer at an offset of a structure. */
    public static void putWord(ByteBuffer structure, int offset, long value) {
        if (WORD == Long.BYTES) {
            structure.putLong(offset, value);
        } else {
            structure.putInt(offset, (int) value);
        }
    }
}
