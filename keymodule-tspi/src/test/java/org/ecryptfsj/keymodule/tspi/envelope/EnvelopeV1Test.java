package org.ecryptfsj.keymodule.tspi.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.junit.jupiter.api.Test;

class EnvelopeV1Test {
    private static final String GOLDEN = "454a4501" + "000102030405060708090a0b0c0d0e0f" + "000d" + "01".repeat(13)
            + "02".repeat(12) + "03".repeat(19) + "04".repeat(16);

    @Test
    void theLayoutIsFrozen() throws Exception {
        EnvelopeV1 envelope = EnvelopeV1.parse(HexFormat.of().parseHex(GOLDEN));

        assertThat(envelope.id()).isEqualTo(KekId.of(HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f")));
        assertThat(envelope.sealedKek()).isEqualTo(HexFormat.of().parseHex("01".repeat(13)));
        assertThat(envelope.id()).hasToString("000102030405060708090a0b0c0d0e0f");
        assertThat(envelope.header()).hasSize(22 + 13);
        assertThat(HexFormat.of().formatHex(EnvelopeV1.header(envelope.id(), envelope.sealedKek())))
                .isEqualTo(GOLDEN.substring(0, 44 + 26));
    }

    @Test
    void bytesSealedByATpmAreNotAnEnvelope() {
        assertThat(EnvelopeV1.isEnvelope(HexFormat.of().parseHex("0101000000000000")))
                .isFalse();
        assertThat(EnvelopeV1.isEnvelope(new byte[0])).isFalse();
        assertThat(EnvelopeV1.isEnvelope(HexFormat.of().parseHex(GOLDEN))).isTrue();
    }

    @Test
    void aLaterVersionIsDetected() {
        byte[] later = HexFormat.of().parseHex(GOLDEN.replaceFirst("454a4501", "454a4502"));

        assertThat(EnvelopeV1.isEnvelope(later)).isTrue();
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> EnvelopeV1.parse(later)))
                .hasMessageContaining("454a4502");
    }

    @Property
    void anyBytesAreReadOrRefused(@ForAll @Size(max = 600) byte[] bytes) {
        readsOrRefuses(bytes);
    }

    @Property
    void anyChangeOfAnEnvelopeIsReadOrRefused(@ForAll @Size(max = 4) int[] places, @ForAll byte value) {
        byte[] bytes = HexFormat.of().parseHex(GOLDEN);
        for (int place : places) {
            bytes[Math.floorMod(place, bytes.length)] = value;
        }
        readsOrRefuses(bytes);
    }

    private static void readsOrRefuses(byte[] bytes) {
        try {
            assertThat(EnvelopeV1.parse(bytes).bytes()).isEqualTo(bytes);
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_DATA);
        }
    }
}
