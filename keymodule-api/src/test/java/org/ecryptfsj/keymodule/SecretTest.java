package org.ecryptfsj.keymodule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretTest {
    @Test
    void takingBytesWipesTheArrayTheyCameIn() {
        byte[] heap = "correct horse".getBytes(StandardCharsets.UTF_8);

        try (Secret secret = Secret.takeBytes(heap)) {
            assertThat(text(secret)).isEqualTo("correct horse");
        }
        assertThat(heap).containsOnly(0);
    }

    @Test
    void takingCharactersEncodesThemAsUtf8AndWipesThem() {
        char[] heap = "pässwörd €".toCharArray();

        try (Secret secret = Secret.takeChars(heap)) {
            assertThat(text(secret)).isEqualTo("pässwörd €");
        }
        assertThat(heap).containsOnly('\0');
    }

    /** An encoder that runs out of room copies what it has to a larger array, and leaves the first one as it is. */
    @Test
    void takenCharactersAreWipedFromTheHeap(@TempDir Path directory) throws Exception {
        char[] heap = unusual();
        Path dump = directory.resolve("heap.hprof");

        try (Secret secret = Secret.takeChars(heap)) {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(dump.toString(), false);

            assertThat(secret.size()).isEqualTo(3 * heap.length);
        }
        byte[] prefix = Arrays.copyOf(new String(unusual()).getBytes(StandardCharsets.UTF_8), 24);
        assertThat(holds(dump, prefix))
                .as("the heap holds its beginning in UTF-8")
                .isFalse();
    }

    /** Mapped: a dump that holds what other tests left behind is larger than what is free of the heap. */
    private static boolean holds(Path file, byte[] sought) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            ByteBuffer start = ByteBuffer.wrap(sought);
            for (int at = 0; at <= content.limit() - sought.length; at++) {
                if (content.get(at) == sought[0]
                        && content.slice(at, sought.length).equals(start)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Three bytes each in UTF-8, and nowhere before they are made. */
    private static char[] unusual() {
        char[] letters = new char[40];
        for (int i = 0; i < letters.length; i++) {
            letters[i] = (char) (0x3041 + i * 37 % 80);
        }
        return letters;
    }

    @Test
    void theHeapCopyIsWipedAfterUseAndAfterAFailure() {
        try (Secret secret = Secret.takeBytes(new byte[] {1, 2, 3})) {
            AtomicReference<byte[]> seen = new AtomicReference<>();

            int sum = secret.onHeap(bytes -> {
                seen.set(bytes);
                return bytes[0] + bytes[1] + bytes[2];
            });

            assertThat(sum).isEqualTo(6);
            assertThat(seen.get()).containsOnly(0);
            assertThatThrownBy(() -> secret.onHeap(bytes -> {
                        seen.set(bytes);
                        throw new IllegalStateException("in use");
                    }))
                    .hasMessage("in use");
            assertThat(seen.get()).containsOnly(0);
        }
    }

    @Test
    void itIsWrittenAtTheBuffersPosition() {
        ByteBuffer out = ByteBuffer.allocate(4).put((byte) 9);

        try (Secret secret = Secret.takeBytes(new byte[] {1, 2})) {
            assertThat(secret.writeTo(out).position()).isEqualTo(3);
            assertThatThrownBy(() -> secret.writeTo(out)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(out.array()).containsExactly(9, 1, 2, 0);
    }

    @Test
    void aCopyOutlivesItsOriginal() {
        Secret copy;
        try (Secret original = Secret.copyOf(ByteBuffer.wrap(new byte[] {7, 8, 9}))) {
            copy = original.copy();
            assertThat(copy.sameBytesAs(original)).isTrue();
        }
        byte[] bytes = copy.onHeap(b -> Arrays.copyOf(b, b.length));
        assertThat(bytes).containsExactly(7, 8, 9);
        copy.close();
    }

    @Test
    void secretsOfOtherBytesOrOfAnotherSizeDiffer() {
        try (Secret one = Secret.takeBytes(new byte[] {1, 2});
                Secret other = Secret.takeBytes(new byte[] {1, 3});
                Secret longer = Secret.takeBytes(new byte[] {1, 2, 0})) {
            assertThat(one.sameBytesAs(other)).isFalse();
            assertThat(one.sameBytesAs(longer)).isFalse();
        }
    }

    @Test
    void itsTextShowsNoByte() {
        try (Secret secret = Secret.takeBytes("sesame".getBytes(StandardCharsets.UTF_8))) {
            assertThat(secret.toString()).doesNotContain("sesame").doesNotContain("736573");
        }
    }

    @Test
    void aClosedSecretGivesNothing() {
        Secret secret = Secret.allocate(8);
        secret.close();

        assertThatThrownBy(secret::buffer).isInstanceOf(IllegalStateException.class);
    }

    private static String text(Secret secret) {
        return StandardCharsets.UTF_8.decode(secret.buffer()).toString();
    }
}
