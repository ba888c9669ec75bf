package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderPacketLengthTest {
    /** Expected values by hand, from channel.md section 3. */
    @ParameterizedTest
    @CsvSource({"0, 00", "29, 1d", "191, bf", "192, c000", "447, c0ff", "448, c100", "522, c14a", "8383, dfff"})
    void aLengthHasOneForm(int length, String form) throws Exception {
        byte[] bytes = HexFormat.of().parseHex(form);
        ByteBuffer out = ByteBuffer.allocate(2);

        HeaderPacketLength.write(out, length);

        assertThat(Arrays.copyOf(out.array(), out.position())).isEqualTo(bytes);
        ByteBuffer in = ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + length));
        assertThat(HeaderPacketLength.read(in, "the packet")).isEqualTo(length);
        assertThat(in.position()).isEqualTo(bytes.length);
    }

    @ParameterizedTest
    @CsvSource({
        "'', has no valid length at byte 0",
        "c0, has no valid length at byte 0",
        "e0ff, has no valid length at byte 0",
        "ffff, has no valid length at byte 0",
        "01, 'has a length of 1 bytes at byte 0, but only 0 follow'",
        "c00000, 'has a length of 192 bytes at byte 0, but only 1 follow'",
    })
    void anInvalidLengthAndOneOfMoreBytesThanFollowAreRefused(String bytes, String problem) {
        ByteBuffer in = ByteBuffer.wrap(HexFormat.of().parseHex(bytes));

        assertThatThrownBy(() -> HeaderPacketLength.read(in, "the packet"))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessage("the packet " + problem);
    }
}
