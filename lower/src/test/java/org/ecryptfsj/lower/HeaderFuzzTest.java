package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damaged and forged headers, derived from headers that the kernel wrote. */
class HeaderFuzzTest {
    /** Size 15, aes-128, TAG 3 and TAG 11, as file-format.md section 1 shows them. */
    private static final String PASSPHRASE_HEADER =
            "000000000000000f" + "7a8964144608d3e1" + "03000002" + "00001000" + "0002"
                    + "8c1d0407030100112233445566776000112233445566778899aabbccddeeff"
                    + "ed1662085f434f4e534f4c4500000000d395309aaad4de06"
                    + "00";

    @ParameterizedTest
    @CsvSource({
        "16, 04, has version 4",
        "00, ff, which is impossible",
        "25, 01, fewer than 8192",
        "24, 00, ''",
        "26, 00, contains no file key",
        "26, ed, does not follow a TAG 3",
        "27, ff, no valid length at byte 27",
        "27, 7f, a length of 127 bytes",
        "27, 0d, too few for a key",
        "28, 03, 'has version 3, not 4'",
        "29, 05, unknown cipher code 5",
        "29, 02, does not support",
        "30, 02, string-to-key",
        "31, 02, hash id",
        "57, 00, not followed by a TAG 11",
        "58, 15, 'has 21 bytes, not 22'",
        "59, 00, literal data",
    })
    void aDamagedByteIsNamed(int at, String value, String problem) {
        byte[] header = HexFormat.of().parseHex(PASSPHRASE_HEADER);
        header[at] = (byte) HexFormat.fromHexDigits(value);

        if (problem.isEmpty()) {
            assertThat(accepts(header)).isTrue();
        } else {
            assertThatThrownBy(() -> LowerHeader.read(ByteBuffer.wrap(header), Place.FILE))
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessageContaining(problem.equals("takes no") ? "does not take" : problem);
        }
    }

    @Test
    void theHeaderThatTheDamagedOnesAreMadeOfIsSound() {
        assertThat(accepts(HexFormat.of().parseHex(PASSPHRASE_HEADER))).isTrue();
    }

    @Property(tries = 2000)
    void anyDamagedHeaderIsReadOrRefused(@ForAll("damagedHeaders") byte[] header) {
        accepts(header);
    }

    @Property(tries = 2000)
    void anyPacketsAreReadOrRefused(@ForAll byte[] packets) {
        byte[] start = HexFormat.of().parseHex(PASSPHRASE_HEADER.substring(0, 52));
        ByteBuffer header =
                ByteBuffer.allocate(start.length + packets.length).put(start).put(packets);

        accepts(header.array());
    }

    @Property(tries = 2000)
    void anyCharactersBehindThePrefixAreReadOrRefused(@ForAll("nameCharacters") String characters) {
        try {
            EncryptedName name =
                    EncryptedName.read((EncryptedName.PREFIX + characters).getBytes(StandardCharsets.ISO_8859_1));
            assertThat(name.encrypted().size() % name.cipher().blockBytes()).isZero();
        } catch (MalformedLowerException e) {
            assertThat(e).hasMessageContaining("name");
        }
    }

    @Property(tries = 500)
    void anyPayloadOfAModuleIsTakenOrRefused(@ForAll byte[] payload) {
        try (Secret secret = Secret.copyOf(ByteBuffer.wrap(payload, 0, Math.min(payload.length, 100)));
                FileKey key = FileKey.ofPayload(secret)) {
            assertThat(key.key().size()).isEqualTo(key.cipher().keyBytes());
        } catch (WrongKeyException | MalformedLowerException e) {
            assertThat(e).hasMessageContaining("file key");
        }
    }

    @Provide
    Arbitrary<byte[]> damagedHeaders() {
        byte[] sound = HexFormat.of().parseHex(PASSPHRASE_HEADER);
        return Combinators.combine(
                        Arbitraries.integers()
                                .between(0, sound.length - 1)
                                .list()
                                .ofMinSize(1)
                                .ofMaxSize(4),
                        Arbitraries.bytes(),
                        Arbitraries.integers().between(0, sound.length))
                .as((places, value, length) -> {
                    byte[] header = sound.clone();
                    places.forEach(at -> header[at] = value);
                    return Arrays.copyOf(header, length);
                });
    }

    @Provide
    Arbitrary<String> nameCharacters() {
        Arbitrary<String> alphabet = Arbitraries.strings()
                .withChars("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
                .ofMinLength(1)
                .ofMaxLength(120);
        return Arbitraries.oneOf(
                alphabet,
                alphabet.map(s -> "FW" + s),
                Arbitraries.strings().ofMinLength(1).ofMaxLength(60));
    }

    private static boolean accepts(byte[] bytes) {
        try {
            LowerHeader header = LowerHeader.read(ByteBuffer.wrap(bytes), Place.FILE);
            assertThat(header.contentsAt()).isGreaterThanOrEqualTo(8192);
            header.keys().forEach(k -> assertThat(k.signature().hex()).hasSize(Signature.HEX_DIGITS));
            return true;
        } catch (MalformedLowerException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return false;
        }
    }
}
