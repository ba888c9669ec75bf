package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.ecryptfsj.keymodule.KeyBlob;
import org.junit.jupiter.api.Test;

class KeyUuidTest {
    private static final String HEX = "00112233445566778899aabbccddeeff";

    /** The C module's blob of this UUID. */
    @Test
    void theBlobIsTheTextInBytes() throws Exception {
        KeyUuid uuid = KeyUuid.parse("tspi_uuid", HEX);

        try (KeyBlob blob = uuid.blob()) {
            assertThat(blob.buffer()).isEqualTo(ByteBuffer.wrap(HexFormat.of().parseHex(HEX)));
            assertThat(TspiBlob.of(blob).key()).isEqualTo(uuid);
        }
    }

    @Test
    void itIsPassedAsBytesInMemoryOrder() {
        KeyUuid uuid = new KeyUuid(HEX);

        byte[] memory = ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putLong(uuid.word0())
                .putLong(uuid.word1())
                .array();

        assertThat(HexFormat.of().formatHex(memory)).isEqualTo(HEX);
    }

    @Test
    void theUuidOfTheSrkEndsWithOne() {
        assertThat(KeyUuid.SRK.hex()).isEqualTo("0".repeat(31) + "1");
    }

    @Test
    void otherTextIsNone() {
        assertThatThrownBy(() -> new KeyUuid(HEX.toUpperCase(java.util.Locale.ROOT)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
