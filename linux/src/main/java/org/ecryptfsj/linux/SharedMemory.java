package org.ecryptfsj.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import jnr.constants.platform.Errno;

/**
 * Memory that exists as long as some process has its descriptor open: a memfd, or an unlinked file of a tmpfs, which the
 * kernel treats alike. While it is mapped here it is locked into RAM and left out of core dumps. While no process maps it, the
 * kernel may swap it out.
 */
public final class SharedMemory implements AutoCloseable {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_SEAL_SIZE = 1 | 2 | 4;
    private static final int MADV_DONTDUMP = 16;
    private static final int STATFS_BYTES = 120;
    private static final long TMPFS_MAGIC = 0x01021994;

    private final Descriptor descriptor;
    private final MappedByteBuffer bytes;

    private SharedMemory(Descriptor descriptor, MappedByteBuffer bytes) {
        this.descriptor = descriptor;
        this.bytes = bytes;
    }

    /**
     * Fresh, zeroed memory, whose size can never change.
     *
     * @param name its name in /proc
     * @throws LinuxException if memfd_create(2) fails or it cannot be locked (RLIMIT_MEMLOCK)
     */
    public static SharedMemory create(String name, int size) throws LinuxException {
        int fd = LibCDescriptors.INSTANCE.memfd_create(ByteText.terminated(name), MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0) {
            throw LinuxException.last("memfd_create " + name);
        }
        Descriptor descriptor = new Descriptor(fd, "memfd " + name);
        try {
            resize(descriptor, size);
            if (LibCDescriptors.INSTANCE.fcntl(fd, F_ADD_SEALS, F_SEAL_SIZE) < 0) {
                throw LinuxException.last("fcntl F_ADD_SEALS of " + descriptor);
            }
            return map(descriptor, size);
        } catch (LinuxException e) {
            descriptor.close();
            throw e;
        }
    }

    /**
     * Memory that another process created.
     *
     * @param descriptor closed with the result; still the caller's if this throws
     * @param size its expected size in bytes; empty memory is extended to it
     * @throws LinuxException EXDEV if it is not memory but a file on a disk, EINVAL if it has another size
     */
    public static SharedMemory adopt(Descriptor descriptor, int size) throws LinuxException {
        ByteBuffer status = ByteBuffer.allocateDirect(STATFS_BYTES).order(ByteOrder.nativeOrder());
        if (LibCMounts.INSTANCE.fstatfs(descriptor.number(), status) != 0) {
            throw LinuxException.last("fstatfs " + descriptor);
        }
        if (NativeMemory.word(status, 0) != TMPFS_MAGIC) {
            throw new LinuxException("map " + descriptor + ", which is not on a tmpfs", Errno.EXDEV);
        }
        long now = size(descriptor);
        if (now == 0) {
            resize(descriptor, size);
        } else if (now != size) {
            throw new LinuxException("map " + descriptor + ", which has " + now + " bytes, not " + size, Errno.EINVAL);
        }
        return map(descriptor, size);
    }

    private static void resize(Descriptor descriptor, int size) throws LinuxException {
        if (LibCDescriptors.INSTANCE.ftruncate(descriptor.number(), size) != 0) {
            throw LinuxException.last("ftruncate " + descriptor);
        }
    }

    private static Path path(Descriptor descriptor) {
        return Path.of("/proc/self/fd", Integer.toString(descriptor.number()));
    }

    /**
     * Sets its size to 0.
     *
     * @throws LinuxException EPERM if its size is sealed
     */
    public static void truncate(Descriptor descriptor) throws LinuxException {
        resize(descriptor, 0);
    }

    /**
     * The size of a file in bytes.
     *
     * @throws LinuxException if it is not a file
     */
    public static long size(Descriptor descriptor) throws LinuxException {
        try (FileChannel file = FileChannel.open(path(descriptor), StandardOpenOption.READ)) {
            return file.size();
        } catch (IOException e) {
            throw failed("open " + descriptor, e);
        }
    }

    private static SharedMemory map(Descriptor descriptor, int size) throws LinuxException {
        MappedByteBuffer bytes;
        try (FileChannel file = FileChannel.open(path(descriptor), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            bytes = file.map(FileChannel.MapMode.READ_WRITE, 0, size);
        } catch (IOException e) {
            throw failed("map " + descriptor, e);
        }
        if (LibC.INSTANCE.mlock(bytes, size) != 0) {
            throw LinuxException.last("mlock " + size + " bytes of " + descriptor);
        }
        if (LibC.INSTANCE.madvise(bytes, size, MADV_DONTDUMP) != 0) {
            throw LinuxException.last("madvise MADV_DONTDUMP of " + descriptor);
        }
        return new SharedMemory(descriptor, bytes);
    }

    private static LinuxException failed(String call, IOException cause) {
        LinuxException e = new LinuxException(call, Errno.EIO);
        e.initCause(cause);
        return e;
    }

    /** The bytes, in the machine's order; other processes may change them at any time. */
    public ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.nativeOrder());
    }

    /** Its descriptor. */
    public Descriptor descriptor() {
        return descriptor;
    }

    /** Closes the descriptor. The mapping ends with the process, so that a late write cannot hit other memory. */
    @Override
    public void close() {
        descriptor.close();
    }
}
