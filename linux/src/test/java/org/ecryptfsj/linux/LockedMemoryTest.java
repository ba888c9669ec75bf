package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LockedMemoryTest {
    @Test
    void memoryIsZeroAndOfTheSizeAskedFor() {
        try (LockedMemory memory = LockedMemory.allocate(100)) {
            ByteBuffer buffer = memory.buffer();

            assertThat(memory.size()).isEqualTo(100);
            assertThat(buffer.remaining()).isEqualTo(100);
            while (buffer.hasRemaining()) {
                assertThat(buffer.get()).isZero();
            }
        }
    }

    @Test
    void theKernelCountsItAsLockedAndLeavesItOutOfDumps() throws Exception {
        long before = kilobytesLockedAndUndumped();
        try (LockedMemory first = LockedMemory.allocate(65536);
                LockedMemory second = LockedMemory.allocate(65536)) {
            assertThat(first.size() + second.size()).isEqualTo(131072);
            assertThat(kilobytesLockedAndUndumped()).isGreaterThanOrEqualTo(Math.max(128, before));
        }
    }

    @Test
    void releasedMemoryIsReusedAndWiped() throws Exception {
        for (int i = 0; i < 1000; i++) {
            try (LockedMemory memory = LockedMemory.allocate(100)) {
                ByteBuffer buffer = memory.buffer();
                for (int at = 0; at < 100; at++) {
                    assertThat(buffer.get(at)).isZero();
                    buffer.put(at, (byte) 0xA5);
                }
            }
        }
        assertThat(kilobytesLockedAndUndumped()).isLessThan(1000);
    }

    @Test
    void closedMemoryGivesNoBufferAndMayBeClosedAgain() {
        LockedMemory memory = LockedMemory.allocate(16);
        memory.close();
        memory.close();

        assertThatThrownBy(memory::buffer).isInstanceOf(IllegalStateException.class);
    }

    @FunctionalInterface
    private interface Copying {
        void copy(ByteBuffer source, int from, ByteBuffer target, int to, int length);
    }

    private static Stream<Copying> copies() {
        return Stream.of(LockedMemory::copy, LockedMemory::bulkCopy);
    }

    @ParameterizedTest
    @MethodSource("copies")
    void copyingDoesNotMovePositions(Copying copying) {
        ByteBuffer source = ByteBuffer.wrap(new byte[] {1, 2, 3, 4}).position(1);
        ByteBuffer target = ByteBuffer.allocateDirect(4).position(2);

        copying.copy(source, 2, target, 1, 2);

        assertThat(source.position()).isEqualTo(1);
        assertThat(target.position()).isEqualTo(2);
        assertThat(target.clear()).isEqualTo(ByteBuffer.wrap(new byte[] {0, 3, 4, 0}));
    }

    @ParameterizedTest
    @MethodSource("copies")
    void copyingBeyondTheEndIsRefused(Copying copying) {
        ByteBuffer two = ByteBuffer.allocate(2);

        assertThatThrownBy(() -> copying.copy(two, 0, ByteBuffer.allocate(3), 0, 3))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> copying.copy(ByteBuffer.allocate(3), 0, two, 0, 3))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void wipingLeavesNoByte() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(64);
        for (int i = 0; i < 64; i++) {
            buffer.put(i, (byte) 0x5A);
        }

        LockedMemory.wipe(buffer);

        for (int i = 0; i < 64; i++) {
            assertThat(buffer.get(i)).isZero();
        }
    }

    /** The mappings that are locked ("lo") and not dumped ("dd"), from /proc/self/smaps. */
    private static long kilobytesLockedAndUndumped() throws IOException {
        long total = 0;
        long size = 0;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.startsWith("Size:")) {
                size = Long.parseLong(line.replaceAll("\\D", ""));
            } else if (line.startsWith("VmFlags:") && line.contains(" lo ") && line.contains(" dd ")) {
                total += size;
            }
        }
        return total;
    }
}
