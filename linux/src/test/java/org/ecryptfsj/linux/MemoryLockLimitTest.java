package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryLockLimitTest {
    private static final String LIMITS =
            """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             63463                63463                processes
            Max locked memory         65536                8388608              bytes
            """;

    @Test
    void theSoftLimitIsReturned() throws IOException {
        assertThat(MemoryLockLimit.parse(LIMITS)).hasValue(65536);
        assertThat(MemoryLockLimit.parse(LIMITS.replace("65536  ", "unlimited")))
                .isEmpty();
        assertThatThrownBy(() -> MemoryLockLimit.parse("")).isInstanceOf(IOException.class);
    }

    /** A process of its own, which has the limit and no right to pass it. */
    static final class Holding {
        public static void main(String[] arguments) throws IOException {
            System.out.println("limit " + MemoryLockLimit.ofThisProcess());
            if (arguments.length > 0) {
                LockedMemory.allowUnlocked(warning -> System.out.println("warning: " + warning));
            }
            List<LockedMemory> held = new ArrayList<>();
            for (int size : new int[] {16, 512, 4000, 16_000, 65_536}) {
                try {
                    LockedMemory memory = LockedMemory.allocate(size);
                    held.add(memory);
                    ByteBuffer buffer = memory.buffer();
                    buffer.put(0, (byte) 1).put(size - 1, (byte) 1);
                    System.out.println("holds " + size);
                } catch (MemoryLockException e) {
                    System.out.println(size + ": " + e.getMessage());
                }
            }
            List<ByteBuffer> views = held.stream().map(LockedMemory::buffer).toList();
            held.forEach(LockedMemory::close);
            System.out.println(
                    "wiped " + views.stream().allMatch(view -> view.get(0) == 0 && view.get(view.capacity() - 1) == 0));
        }
    }

    private static String held(int kib, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "setpriv",
                "--bounding-set=-ipc_lock",
                "--",
                "prlimit",
                "--memlock=" + kib * 1024L,
                "--",
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Holding.class.getName()));
        if (Account.effectiveUid() != 0) {
            command.subList(0, 3).clear();
        }
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }

    @Test
    void underALowLimitOnlyTheNeededMemoryIsLocked() throws Exception {
        assertThat(held(60))
                .contains("limit OptionalLong[61440]", "holds 16\n", "holds 512\n", "holds 4000\n", "holds 16000\n")
                .contains("65536: memory for secrets cannot be locked: mlock 65536 bytes")
                .contains("ulimit -l")
                .contains("wiped true");
    }

    @Test
    void withoutLockedMemoryAllocationFailsUnlessUnlockedIsAllowed() throws Exception {
        assertThat(held(0))
                .contains("16: memory for secrets cannot be locked", "ulimit -l")
                .doesNotContain("holds");
        assertThat(held(0, "unlocked"))
                .containsOnlyOnce("warning: secrets are kept in memory that the kernel may swap out")
                .contains("holds 16\n", "holds 512\n", "holds 4000\n", "holds 16000\n", "holds 65536\n", "wiped true");
    }
}
