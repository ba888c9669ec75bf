package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonValue;
import org.ecryptfsj.protector.MalformedFieldException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any fields of a key file are read as they were written, or refused before a TPM sees them. */
class TspiProtectorFieldsTest {
    private static final String UUID = "00112233445566778899aabbccddeeff";
    private static final String VALUE = "0123456789abcdef0123456789abcdef01234567";
    private static final JsonObject VALID = JsonObject.empty()
            .with("uuid", UUID)
            .with("pcrs", JsonObject.empty().with("0", VALUE).with("23", VALUE))
            .with("recheck", 5)
            .with("key", HexFormat.of().parseHex("010100000000000000000001ff"));

    private record Hostile(String name, JsonValue value) {}

    @Test
    void validFieldsAreRead() throws MalformedFieldException {
        TspiProtectorFields read = TspiProtectorFields.of(VALID);

        assertThat(read.key().hex()).isEqualTo(UUID);
        assertThat(read.pcrs()).isEqualTo(Map.of(0, VALUE, 23, VALUE));
        assertThat(read.recheck()).isEqualTo(Duration.ofSeconds(5));
        assertThat(read.binding()).isEqualTo("TPM 1.2 key " + UUID + ", PCRs 0, 23");
        assertThat(TspiProtectorFields.sealed(VALID).size()).isEqualTo(13);
    }

    static Stream<Hostile> hostile() {
        return Stream.of(
                new Hostile("uuid", new JsonValue.Text(UUID + "0")),
                new Hostile("uuid", new JsonValue.Text("00112233445566778899AABBCCDDEEFF")),
                new Hostile("uuid", new JsonValue.Whole(1)),
                new Hostile("recheck", new JsonValue.Whole(0)),
                new Hostile("recheck", new JsonValue.Whole(3601)),
                new Hostile("recheck", new JsonValue.Whole(JsonValue.MOST)),
                new Hostile("recheck", new JsonValue.Text("5")),
                new Hostile("pcrs", new JsonValue.Null()),
                new Hostile("pcrs", JsonObject.empty().with("24", VALUE)),
                new Hostile("pcrs", JsonObject.empty().with("-1", VALUE)),
                new Hostile("pcrs", JsonObject.empty().with("00", VALUE)),
                new Hostile("pcrs", JsonObject.empty().with("", VALUE)),
                new Hostile("pcrs", JsonObject.empty().with("99999999999", VALUE)),
                new Hostile("pcrs", JsonObject.empty().with("0", VALUE + "0")),
                new Hostile("pcrs", JsonObject.empty().with("0", VALUE.substring(1))),
                new Hostile("pcrs", JsonObject.empty().with("0", VALUE.replace('a', 'A'))),
                new Hostile("pcrs", JsonObject.empty().with("0", 0)));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void hostileFieldsAreRefused(Hostile hostile) {
        assertThatThrownBy(() -> TspiProtectorFields.of(VALID.with(hostile.name(), hostile.value())))
                .isInstanceOf(MalformedFieldException.class);
        assertThatThrownBy(() -> TspiProtectorFields.of(VALID.without(hostile.name())))
                .isInstanceOf(MalformedFieldException.class);
    }

    @Property(tries = 300)
    void anyOtherBytesAreNotSealed(@ForAll @Size(max = 600) byte[] bytes) {
        assertThatThrownBy(() -> TspiProtectorFields.sealed(VALID.with("key", bytes)))
                .isInstanceOf(MalformedFieldException.class);
    }

    @Property(tries = 300)
    void whatIsWrittenIsReadAgain(
            @ForAll("pcrs") Map<Integer, byte[]> values, @ForAll @IntRange(min = 1, max = 3600) int recheck)
            throws MalformedFieldException {
        TreeMap<Integer, String> pcrs = new TreeMap<>();
        values.forEach((pcr, value) -> pcrs.put(pcr, HexFormat.of().formatHex(value)));
        TspiProtectorFields written = new TspiProtectorFields(new KeyUuid(UUID), pcrs, Duration.ofSeconds(recheck));

        assertThat(TspiProtectorFields.of(written.json())).isEqualTo(written);
    }

    @Provide
    Arbitrary<Map<Integer, byte[]>> pcrs() {
        return Arbitraries.maps(
                Arbitraries.integers().between(0, 23),
                Arbitraries.bytes().array(byte[].class).ofSize(20));
    }

    @Test
    void theyAreBoundAgainToTheSamePcrs() throws Exception {
        try (TspiProtector protector = new TspiProtector();
                var values = protector.rebindingValues(VALID).orElseThrow()) {
            assertThat(values.texts("tspi_pcr")).containsExactly("0", "23");
            assertThat(values.text("tspi_recheck")).isEqualTo(Optional.of("5"));
        }
    }
}
