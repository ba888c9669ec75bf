package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import jnr.constants.platform.Errno;
import org.junit.jupiter.api.Test;

class SharedMemoryTest {
    private static final Path IN_MEMORY = Path.of("/dev/shm");

    @Test
    void adoptedMemoryHasTheSameBytes() throws LinuxException {
        try (SharedMemory here = SharedMemory.create("test", 8192)) {
            String again = "/proc/self/fd/" + here.descriptor().number();
            here.bytes().putInt(8188, 7);
            try (SharedMemory there = SharedMemory.adopt(Descriptor.openReadWrite(again), 8192)) {
                assertThat(there.bytes().getInt(8188)).isEqualTo(7);
                there.bytes().putInt(0, 9);
            }
            assertThat(here.bytes().getInt(0)).isEqualTo(9);
        }
    }

    @Test
    void itIsLockedAndLeftOutOfDumps() throws Exception {
        try (SharedMemory memory = SharedMemory.create("locked-here", 8192)) {
            assertThat(memory.bytes().capacity()).isEqualTo(8192);
            String maps = Files.readString(Path.of("/proc/self/smaps"));
            String mine = maps.substring(maps.indexOf("locked-here"));
            String flags = mine.substring(mine.indexOf("VmFlags:"), mine.indexOf('\n', mine.indexOf("VmFlags:")));
            assertThat(flags).contains(" lo ").contains(" dd ");
        }
    }

    @Test
    void itsSizeNeverChanges() throws LinuxException {
        try (SharedMemory memory = SharedMemory.create("sealed", 4096)) {
            assertThat(LibCDescriptors.INSTANCE.ftruncate(memory.descriptor().number(), 0))
                    .isNegative();
            assertThat(LibCDescriptors.INSTANCE.ftruncate(memory.descriptor().number(), 8192))
                    .isNegative();
        }
    }

    @Test
    void anEmptyFileInMemoryIsGivenItsSize() throws Exception {
        Path file = Files.createTempFile(IN_MEMORY, "ecryptfsj", "test");
        try (SharedMemory memory = SharedMemory.adopt(Descriptor.openReadWrite(file.toString()), 4096)) {
            memory.bytes().put(0, (byte) 1);
            assertThat(Files.size(file)).isEqualTo(4096);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void anotherSizeIsRefused() throws Exception {
        Path file = Files.createTempFile(IN_MEMORY, "ecryptfsj", "test");
        try (Descriptor descriptor = Descriptor.openReadWrite(file.toString())) {
            descriptor.write(ByteBuffer.allocateDirect(100));

            assertThatThrownBy(() -> SharedMemory.adopt(descriptor, 4096))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
                    .hasMessageContaining("100 bytes, not 4096");
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void aFileOnADiskIsRefused() throws Exception {
        try (Descriptor proc = Descriptor.openReadWrite("/proc/self/oom_score_adj")) {
            assertThatThrownBy(() -> SharedMemory.adopt(proc, 4096))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EXDEV));
        }
    }
}
