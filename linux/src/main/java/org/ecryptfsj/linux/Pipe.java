package org.ecryptfsj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A pipe: what is written at one end is read at the other, without a copy on the heap.
 *
 * @param reader where it is read
 * @param writer where it is written; the reader sees the end once all copies of it are closed
 */
public record Pipe(Descriptor reader, Descriptor writer) implements AutoCloseable {
    /**
     * Creates a pipe, close-on-exec.
     *
     * @throws LinuxException if pipe2(2) fails
     */
    public static Pipe open() throws LinuxException {
        ByteBuffer fds = ByteBuffer.allocateDirect(2 * Integer.BYTES).order(ByteOrder.nativeOrder());
        if (LibCDescriptors.INSTANCE.pipe2(fds, FileFlags.CLOEXEC) != 0) {
            throw LinuxException.last("pipe2");
        }
        return new Pipe(new Descriptor(fds.getInt(0), "pipe"), new Descriptor(fds.getInt(Integer.BYTES), "pipe"));
    }

    @Override
    public void close() {
        reader.close();
        writer.close();
    }
}
