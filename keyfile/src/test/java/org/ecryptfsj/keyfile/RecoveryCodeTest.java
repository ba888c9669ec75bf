package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.ProtectorException;
import org.junit.jupiter.api.Test;

class RecoveryCodeTest {
    private static final int CHARACTERS = 40;

    /** Computed by keyfile/src/test/python/keyfile.py. */
    @Test
    void aCodeIsFrozen() {
        assertThat(code("00112233445566778899aabbccddeeff"))
                .isEqualTo("008Z3-48STF-8HAS2-CSVGQ-H2CK1-NAXPD-SKEN0-XVZNP");
    }

    @Property(tries = 200)
    void aCodeThatIsTypedInAnyWayIsRead(@ForAll @Size(16) byte[] random) throws Exception {
        String hex = HexFormat.of().formatHex(random);
        String code = code(hex);

        assertThat(code).matches("([0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}");
        assertThat(decoded(code)).isEqualTo(hex);
        assertThat(decoded(code.toLowerCase(Locale.ROOT).replace('-', ' '))).isEqualTo(hex);
        assertThat(decoded(code.replace("-", "").replace('0', 'o').replace('1', 'L')))
                .isEqualTo(hex);
        assertThat(decoded(" " + code.replace('0', 'O').replace('1', 'i') + "\n"))
                .isEqualTo(hex);
    }

    @Property(tries = 20)
    void eachWrongCharacterIsDetectedAndItsGroupNamed(@ForAll @Size(16) byte[] random) {
        String code = code(HexFormat.of().formatHex(random)).replace("-", "");
        for (int at = 0; at < CHARACTERS; at++) {
            for (byte symbol : RecoveryCode.alphabet()) {
                char other = (char) symbol;
                if (other != code.charAt(at)) {
                    assertThat(refusal(code.substring(0, at) + other + code.substring(at + 1)))
                            .contains("group " + (at / 5 + 1) + " of the recovery code is mistyped");
                }
            }
        }
    }

    @Property(tries = 100)
    void twoExchangedNeighboursAreDetectedAndTheirGroupNamed(@ForAll @Size(16) byte[] random) {
        String code = code(HexFormat.of().formatHex(random)).replace("-", "");
        for (int at = 0; at + 1 < CHARACTERS; at++) {
            if (code.charAt(at) != code.charAt(at + 1)) {
                String exchanged =
                        code.substring(0, at) + code.charAt(at + 1) + code.charAt(at) + code.substring(at + 2);
                assertThat(refusal(exchanged)).contains("group " + (at / 5 + 1) + " of the recovery code is mistyped");
            }
        }
    }

    @Property(tries = 100)
    void twoExchangedGroupsAreDetected(@ForAll @Size(16) byte[] random) {
        String[] groups = code(HexFormat.of().formatHex(random)).split("-");
        for (int one = 0; one < groups.length; one++) {
            for (int other = one + 1; other < groups.length; other++) {
                String[] exchanged = groups.clone();
                exchanged[one] = groups[other];
                exchanged[other] = groups[one];
                assertThat(refusal(String.join("-", exchanged))).contains("group " + (one + 1) + " of the");
            }
        }
    }

    @Test
    void aCharacterThatNoCodeHasIsNamedByItsGroup() {
        String code = code("00112233445566778899aabbccddeeff");

        assertThat(refusal(code.substring(0, 13) + "U" + code.substring(14)))
                .contains("group 3 of the recovery code has a character that no code has");
    }

    @Test
    void aCodeWithTooFewOrTooManyCharactersIsRefused() {
        String code = code("00112233445566778899aabbccddeeff");

        assertThat(refusal(code.substring(0, code.length() - 1)))
                .contains("39 characters, not 40")
                .contains("group 8");
        assertThat(refusal(code.substring(0, 23))).contains("20 characters, not 40");
        assertThat(refusal(code + "0")).contains("more than 40 characters");
        assertThat(refusal("")).contains("0 characters, not 40");
    }

    @Test
    void theMessageHoldsNoCharacterOfTheCode() {
        String code = code("00112233445566778899aabbccddeeff");
        String wrong = code.substring(0, 10) + "*" + code.substring(11);

        for (String group : wrong.split("-")) {
            assertThat(refusal(wrong)).doesNotContain(group);
        }
    }

    private static String code(String hex) {
        try (Secret random = Secret.takeBytes(HexFormat.of().parseHex(hex));
                Secret code = RecoveryCode.encode(random)) {
            return TestFiles.text(code);
        }
    }

    private static String decoded(String code) throws ProtectorException {
        try (Secret typed = TestFiles.secret(code);
                Secret random = RecoveryCode.decode(typed)) {
            byte[] bytes = new byte[random.size()];
            random.buffer().get(bytes);
            return HexFormat.of().formatHex(bytes);
        }
    }

    private static String refusal(String code) {
        Optional<ProtectorException> refused = Optional.empty();
        try {
            decoded(code);
        } catch (ProtectorException e) {
            refused = Optional.of(e);
        }
        assertThat(refused).as(code).isPresent();
        assertThat(refused.get().reason()).isEqualTo(ProtectorException.Reason.WRONG_SECRET);
        return refused.get().getMessage();
    }
}
