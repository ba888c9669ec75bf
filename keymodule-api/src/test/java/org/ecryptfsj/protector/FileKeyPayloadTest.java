package org.ecryptfsj.protector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
                Secret payload = FileKeyPayload.of(fileKey, HexFormat.of().parseHex("ab".repeat(32)))) {
            String hex = payload.onHeap(HexFormat.of()::formatHex);
            assertThat(hex).isEqualTo("00".repeat(32) + "ab".repeat(32));
        }
    }

    @Property(tries = 200)
    void theFileKeyComesBackWithTheSameDigestOnly(
            @ForAll @Size(32) byte[] key, @ForAll @Size(32) byte[] digest, @ForAll @Size(32) byte[] others) {
        try (Secret fileKey = Secret.takeBytes(key.clone());
                Secret payload = FileKeyPayload.of(fileKey, digest);
                Secret back = FileKeyPayload.fileKey(payload, digest).orElseThrow()) {
            assertThat(back.sameBytesAs(fileKey)).isTrue();
            Optional<Secret> other = FileKeyPayload.fileKey(payload, others);
            assertThat(other.isPresent()).isEqualTo(Arrays.equals(digest, others));
            other.ifPresent(Secret::close);
        }
    }

    @Test
    void whatIsNoDigestIsRefused() {
        try (Secret fileKey = Secret.allocate(32);
                Secret payload = Secret.allocate(FileKeyPayload.BYTES)) {
            assertThatThrownBy(() -> FileKeyPayload.of(fileKey, new byte[31]))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> FileKeyPayload.fileKey(payload, new byte[0]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Property(tries = 200)
    void aPayloadOfAnotherSizeHasNone(@ForAll @IntRange(max = 200) int size) {
        try (Secret payload = Secret.allocate(size)) {
            assertThat(FileKeyPayload.fileKey(payload, HexFormat.of().parseHex("01".repeat(32))))
                    .isEmpty();
        }
    }
}
