package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
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
class Tpm2ProtectorFieldsTest {
    private static final String NAME = "000b" + "01".repeat(32);
    private static final String VALUE = "ab".repeat(32);
    private static final JsonObject VALID = JsonObject.empty()
            .with("parent", NAME)
            .with("primary", NAME)
            .with("endorsement", NAME)
            .with("bank", "sha256")
            .with("pcrs", JsonObject.empty().with("0", VALUE).with("23", VALUE))
            .with("pin", true)
            .with("recheck", 5);

    private static final PcrSigningKey SIGNING_KEY =
            new PcrSigningKey(BigInteger.ONE.shiftLeft(2047).add(BigInteger.ONE));

    private record Hostile(String name, JsonValue value) {}

    @Test
    void validFieldsAreRead() throws MalformedFieldException {
        Tpm2ProtectorFields read = Tpm2ProtectorFields.of(VALID);

        assertThat(read.identity()).isEqualTo(new TpmIdentity(NAME, NAME, Optional.of(NAME)));
        assertThat(read.policy())
                .isEqualTo(SealingPolicy.ofPcrs(PcrBank.SHA256, pcrs(Map.of(0, VALUE, 23, VALUE)), true));
        assertThat(read.recheck()).isEqualTo(Duration.ofSeconds(5));
        assertThat(read.binding()).isEqualTo("TPM 2.0, PCRs 0, 23 (sha256), a PIN");
        assertThat(Tpm2ProtectorFields.of(VALID.without("endorsement"))
                        .identity()
                        .endorsement())
                .isEmpty();
    }

    static Stream<Hostile> hostile() {
        return Stream.of(
                new Hostile("parent", new JsonValue.Text(NAME + "0")),
                new Hostile("parent", new JsonValue.Text("000c" + "01".repeat(32))),
                new Hostile("parent", new JsonValue.Text(NAME.toUpperCase(Locale.ROOT))),
                new Hostile("primary", new JsonValue.Whole(1)),
                new Hostile("primary", new JsonValue.Text("")),
                new Hostile("bank", new JsonValue.Text("md5")),
                new Hostile("bank", new JsonValue.Text("sha1")),
                new Hostile("bank", new JsonValue.Text("sha256".repeat(100))),
                new Hostile("pin", new JsonValue.Text("true")),
                new Hostile("pin", new JsonValue.Null()),
                new Hostile("recheck", new JsonValue.Whole(0)),
                new Hostile("recheck", new JsonValue.Whole(3601)),
                new Hostile("recheck", new JsonValue.Whole(JsonValue.MOST)),
                new Hostile("pcrs", new JsonValue.Null()),
                new Hostile("pcrs", JsonObject.empty().with("24", VALUE)),
                new Hostile("pcrs", JsonObject.empty().with("-1", VALUE)),
                new Hostile("pcrs", JsonObject.empty().with("00", VALUE)),
                new Hostile("pcrs", JsonObject.empty().with("99999999999", VALUE)),
                new Hostile("pcrs", JsonObject.empty().with("0", VALUE + "0")),
                new Hostile("pcrs", JsonObject.empty().with("0", "ab".repeat(20))),
                new Hostile("pcrs", JsonObject.empty().with("0", 0)));
    }

    static Stream<Hostile> hostileConditions() {
        return Stream.of(
                new Hostile(
                        "resets",
                        JsonObject.empty().with("after", 1).with("until", 1).with("rebind", true)),
                new Hostile(
                        "resets",
                        JsonObject.empty().with("after", 1).with("until", 66).with("rebind", true)),
                new Hostile(
                        "resets",
                        JsonObject.empty().with("after", -1).with("until", 1).with("rebind", true)),
                new Hostile(
                        "resets",
                        JsonObject.empty()
                                .with("after", 1L << 32)
                                .with("until", 1)
                                .with("rebind", true)),
                new Hostile("resets", JsonObject.empty().with("after", 1).with("until", 2)),
                new Hostile("resets", new JsonValue.Null()),
                new Hostile("signed", new JsonValue.Null()),
                new Hostile("signed", signed(new byte[] {0x30}, 11)),
                new Hostile("signed", signed(SIGNING_KEY.encoded())),
                new Hostile("signed", signed(SIGNING_KEY.encoded(), 24)),
                new Hostile("signed", signed(SIGNING_KEY.encoded(), -1)));
    }

    private static JsonObject signed(byte[] key, int... pcrs) {
        List<JsonValue> numbers = new ArrayList<>();
        for (int pcr : pcrs) {
            numbers.add(new JsonValue.Whole(pcr));
        }
        return JsonObject.empty().with("key", key).with("pcrs", new JsonValue.Array(numbers));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void hostileFieldsAreRefused(Hostile hostile) {
        assertThatThrownBy(() -> Tpm2ProtectorFields.of(VALID.with(hostile.name(), hostile.value())))
                .isInstanceOf(MalformedFieldException.class);
        assertThatThrownBy(() -> Tpm2ProtectorFields.of(VALID.without(hostile.name())))
                .isInstanceOf(MalformedFieldException.class);
    }

    @ParameterizedTest
    @MethodSource("hostileConditions")
    void hostileConditionsThatNotEachProtectorHasAreRefused(Hostile hostile) {
        assertThatThrownBy(() -> Tpm2ProtectorFields.of(VALID.with(hostile.name(), hostile.value())))
                .isInstanceOf(MalformedFieldException.class);
    }

    @Test
    void aHostileNameOfTheEndorsementKeyIsRefused() {
        assertThatThrownBy(() -> Tpm2ProtectorFields.of(VALID.with("endorsement", "")))
                .isInstanceOf(MalformedFieldException.class);
    }

    @Test
    void anObjectWithAnotherPolicyIsRefused() throws MalformedFieldException {
        Tpm2ProtectorFields fields = Tpm2ProtectorFields.of(VALID);
        JsonObject sealed = fields.json(sealed(fields.policy()));

        assertThat(fields.sealed(sealed).privateArea()).hasSize(160);
        for (JsonObject other : new JsonObject[] {
            VALID.with("pin", false),
            VALID.with("pcrs", JsonObject.empty().with("0", VALUE)),
            VALID.with("pcrs", JsonObject.empty().with("0", VALUE).with("23", "ac".repeat(32))),
            VALID.with("pcrs", JsonObject.empty())
        }) {
            Tpm2ProtectorFields changed = Tpm2ProtectorFields.of(other);
            assertThatThrownBy(() -> changed.sealed(sealed)).isInstanceOf(MalformedFieldException.class);
        }
    }

    @Property(tries = 300)
    void anyOtherBytesAreNotSealed(
            @ForAll @Size(max = 600) byte[] publicArea, @ForAll @Size(max = 600) byte[] privateArea)
            throws MalformedFieldException {
        Tpm2ProtectorFields fields = Tpm2ProtectorFields.of(VALID);
        JsonObject sealed = fields.json(sealed(fields.policy()));

        assertThatThrownBy(() -> fields.sealed(sealed.with("public", publicArea)))
                .isInstanceOf(MalformedFieldException.class);
        assertThatThrownBy(() -> fields.sealed(sealed.with("private", privateArea)))
                .isInstanceOf(MalformedFieldException.class);
    }

    @Property(tries = 300)
    void whatIsWrittenIsReadAgain(
            @ForAll("pcrs") Map<Integer, byte[]> values,
            @ForAll PcrBank bank,
            @ForAll boolean pin,
            @ForAll boolean endorsement,
            @ForAll @IntRange(min = 1, max = 3600) int recheck,
            @ForAll("numbers") Optional<Set<Integer>> numbers,
            @ForAll("resets") Optional<ResetWindow> resets,
            @ForAll boolean rebindsOthers)
            throws MalformedFieldException {
        TreeMap<Integer, String> pcrs = new TreeMap<>();
        values.forEach(
                (pcr, value) -> pcrs.put(pcr, HexFormat.of().formatHex(value).substring(0, bank.digits())));
        Optional<SignedPcrs> signed = numbers.map(some -> new SignedPcrs(SIGNING_KEY, PcrSelection.of(bank, some)));
        Tpm2ProtectorFields written = new Tpm2ProtectorFields(
                new TpmIdentity(NAME, NAME, endorsement ? Optional.of(NAME) : Optional.empty()),
                new SealingPolicy(bank, pcrs, pin, signed, resets),
                Duration.ofSeconds(recheck),
                resets.isPresent() && rebindsOthers);

        assertThat(Tpm2ProtectorFields.of(written.json())).isEqualTo(written);
        JsonObject sealed = written.json(sealed(written.policy()));
        assertThat(written.sealed(sealed).isFor(written.policy())).isTrue();
        assertThat(Tpm2ProtectorFields.parameters(sealed)).isEqualTo(written.json());
    }

    @Provide
    Arbitrary<Optional<Set<Integer>>> numbers() {
        return Arbitraries.integers()
                .between(0, PcrSelection.MAX_PCR)
                .set()
                .ofMinSize(1)
                .optional();
    }

    @Provide
    Arbitrary<Optional<ResetWindow>> resets() {
        return Arbitraries.integers()
                .between(0, ResetWindow.MOST_RESETS - ResetWindow.MOST_BOOTS)
                .flatMap(after -> Arbitraries.integers()
                        .between(1, ResetWindow.MOST_BOOTS)
                        .map(boots -> new ResetWindow(after, after + boots)))
                .optional();
    }

    @Provide
    Arbitrary<Map<Integer, byte[]>> pcrs() {
        return Arbitraries.maps(
                Arbitraries.integers().between(0, 23),
                Arbitraries.bytes().array(byte[].class).ofSize(64));
    }

    private static SortedMap<Integer, String> pcrs(Map<Integer, String> values) {
        return new TreeMap<>(values);
    }

    private static SealedObject sealed(SealingPolicy policy) {
        byte[] area = new TpmWriter()
                .raw(SealedObject.template(policy))
                .sized(new byte[32])
                .bytes();
        return new SealedObject(
                new TpmWriter().sized(area).bytes(),
                new TpmWriter().sized(new byte[158]).bytes());
    }
}
