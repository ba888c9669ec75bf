package org.ecryptfsj.protector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;

class FileKeyPayloadTest {
    @Test
    void itIsTheFileKeyAndTheDigest() {
        try (Secret fileKey = Secret.takeBytes(new byte[32]);
                Secret payload = FileKeyPayload.of(fileKey, new byte[] {'a', 'b', 'c'})) {
            String hex = payload.onHeap(HexFormat.of()::formatHex);
            assertThat(hex)
                    .isEqualTo("00".repeat(32) + "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        }
    }

    @Property(tries = 200)
    void theFileKeyComesBackWithTheSameDataOnly(
            @ForAll @Size(32) byte[] key, @ForAll byte[] associated, @ForAll byte[] others) {
        try (Secret fileKey = Secret.takeBytes(key.clone());
                Secret payload = FileKeyPayload.of(fileKey, associated);
                Secret back = FileKeyPayload.fileKey(payload, associated).orElseThrow()) {
            assertThat(back.sameBytesAs(fileKey)).isTrue();
            Optional<Secret> other = FileKeyPayload.fileKey(payload, others);
            assertThat(other.isPresent()).isEqualTo(Arrays.equals(associated, others));
            other.ifPresent(Secret::close);
        }
    }

    @Property(tries = 200)
    void aPayloadOfAnotherSizeHasNone(@ForAll @IntRange(max = 200) int size) {
        try (Secret payload = Secret.allocate(size)) {
            assertThat(FileKeyPayload.fileKey(payload, new byte[0])).isEmpty();
        }
    }
}
