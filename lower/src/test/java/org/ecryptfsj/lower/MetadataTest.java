package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetadataTest {
    /** Size 15, version 3, encrypted, two header extents of 4096 bytes, as file-format.md section 1 shows them. */
    private static final String METADATA = "000000000000000f" + "7a8964144608d3e1" + "03000002" + "00001000" + "0002";

    private static final int AT_VERSION = 16;
    private static final int AT_FLAGS = 17;

    private static byte[] metadata() {
        return HexFormat.of().parseHex(METADATA);
    }

    @Test
    void theNumbersAreThoseOfTheSpecification() throws Exception {
        Metadata metadata = Metadata.read(ByteBuffer.wrap(metadata()));

        assertThat(metadata).isEqualTo(new Metadata(15, 3, 0x2, 8192));
        assertThat(metadata.withPlainSize(4097)).isEqualTo(new Metadata(4097, 3, 0x2, 8192));
        assertThat(metadata.withHeaderBytes(65536)).isEqualTo(new Metadata(15, 3, 0x2, 65536));
    }

    @ParameterizedTest
    @CsvSource({
        "000000, false, false, false, false, false",
        "000001, true, false, false, false, false",
        "000002, false, true, false, false, false",
        "000004, false, false, true, false, false",
        "000008, false, false, false, true, false",
        "00000f, true, true, true, true, false",
        "000010, false, false, false, false, true",
        "800000, false, false, false, false, true",
    })
    void eachFlagHasItsBit(
            String flags, boolean hmac, boolean encrypted, boolean inAttribute, boolean encryptedNames, boolean unknown)
            throws Exception {
        byte[] bytes = metadata();
        System.arraycopy(HexFormat.of().parseHex(flags), 0, bytes, AT_FLAGS, 3);

        Metadata metadata = Metadata.read(ByteBuffer.wrap(bytes));

        assertThat(metadata.hasHmac()).isEqualTo(hmac);
        assertThat(metadata.isEncrypted()).isEqualTo(encrypted);
        assertThat(metadata.isInAttribute()).isEqualTo(inAttribute);
        assertThat(metadata.hasEncryptedNames()).isEqualTo(encryptedNames);
        assertThat(metadata.hasUnknownFlags()).isEqualTo(unknown);
    }

    @Test
    void theMarkerCountsOnlyBeforeCompleteFlags() {
        assertThat(Metadata.hasMarker(ByteBuffer.wrap(metadata(), 0, 20))).isTrue();
        assertThat(Metadata.hasMarker(ByteBuffer.wrap(metadata(), 0, 19))).isFalse();
        assertThat(Metadata.hasMarker(ByteBuffer.allocate(100))).isFalse();
    }

    @Test
    void aHeaderOfVersion0EndsAfterTheFlagsAndHasTheSmallestSize() throws Exception {
        byte[] oldest = Arrays.copyOf(metadata(), 20);
        oldest[AT_VERSION] = 0;

        assertThat(Metadata.read(ByteBuffer.wrap(oldest)).headerBytes()).isEqualTo(Metadata.MIN_HEADER_BYTES);
    }

    @Test
    void aHeaderOfALaterVersionEndsAfterItsSize() throws Exception {
        byte[] whole = metadata();
        whole[AT_VERSION] = 1;

        assertThat(Metadata.read(ByteBuffer.wrap(whole)).headerBytes()).isEqualTo(8192);
        assertThatThrownBy(() -> Metadata.read(ByteBuffer.wrap(whole, 0, 25)))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessage("the header ends at byte 25, before its size");
    }
}
