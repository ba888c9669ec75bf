package org.ecryptfsj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PacketLengthTest {
    static Stream<String> values() {
        return TestVectors.PACKET_LENGTH.names().stream();
    }

    @ParameterizedTest
    @MethodSource("values")
    void aLengthHasItsGoldenBytes(String value) throws MalformedPacketException {
        int length = Integer.parseInt(value);

        assertThat(HexFormat.of().formatHex(written(length))).isEqualTo(TestVectors.PACKET_LENGTH.text(value));
        assertThat(PacketLength.read(TestVectors.PACKET_LENGTH.buffer(value))).isEqualTo(length);
    }

    @Property
    void whatIsWrittenIsReadBack(@ForAll @IntRange(min = 0, max = PacketLength.MAX) int length)
            throws MalformedPacketException {
        byte[] bytes = written(length);

        assertThat(bytes).hasSize(PacketLength.size(length)).isEqualTo(fromTheSpecification(length));
        ByteBuffer in = ByteBuffer.wrap(bytes);
        assertThat(PacketLength.read(in)).isEqualTo(length);
        assertThat(in.hasRemaining()).isFalse();
    }

    @Property
    void whatCanBeReadIsWrittenTheSame(
            @ForAll @IntRange(min = 0, max = 223) int first, @ForAll @IntRange(min = 0, max = 255) int second)
            throws MalformedPacketException {
        byte[] bytes = first < 192 ? TestFrames.bytes(first) : TestFrames.bytes(first, second);

        assertThat(written(PacketLength.read(ByteBuffer.wrap(bytes)))).isEqualTo(bytes);
    }

    @Property
    void aFirstByteWithoutAMeaningIsRefused(
            @ForAll @IntRange(min = 224, max = 255) int first, @ForAll @IntRange(min = 0, max = 255) int second) {
        assertThatThrownBy(() -> PacketLength.read(ByteBuffer.wrap(TestFrames.bytes(first, second))))
                .isInstanceOf(MalformedPacketException.class)
                .hasMessageContaining(Integer.toString(first));
    }

    @Property
    void halfATwoByteLengthIsRefused(@ForAll @IntRange(min = 192, max = 223) int first) {
        assertThatThrownBy(() -> PacketLength.read(ByteBuffer.wrap(TestFrames.bytes(first))))
                .isInstanceOf(MalformedPacketException.class);
    }

    @Example
    void noBytesAreRefused() {
        assertThatThrownBy(() -> PacketLength.read(ByteBuffer.allocate(0)))
                .isInstanceOf(MalformedPacketException.class);
    }

    @Property
    void aLengthWithoutAFormCannotBeWritten(@ForAll int length) {
        if (length >= 0 && length <= PacketLength.MAX) {
            assertThat(PacketLength.size(length)).isBetween(1, 2);
            return;
        }
        assertThatThrownBy(() -> PacketLength.write(ByteBuffer.allocate(8), length))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PacketLength.size(length)).isInstanceOf(IllegalArgumentException.class);
    }

    /** docs/spec/channel.md, section 3, so that the codec is not tested against itself. */
    private static byte[] fromTheSpecification(int length) {
        return length < 192
                ? TestFrames.bytes(length)
                : TestFrames.bytes((length - 192) / 256 + 192, (length - 192) % 256);
    }

    private static byte[] written(int length) {
        ByteBuffer out = ByteBuffer.allocate(8);
        PacketLength.write(out, length);
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }
}
