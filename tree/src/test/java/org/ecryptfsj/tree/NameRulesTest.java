package org.ecryptfsj.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.linux.FileName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameRulesTest {
    private static final NameRules WINDOWS = new NameRules(true, true, true);
    private static final NameRules MAC = new NameRules(false, true, true);

    @ParameterizedTest
    @CsvSource({
        "a:b, a%3Ab",
        "what?, what%3F",
        "a\\b, a%5Cb",
        "end., end%2E",
        "CON, %43ON",
        "nul.tar.gz, %6Eul.tar.gz",
        "COM1.txt, %43OM1.txt",
        "com10, com10",
        "console, console",
        "..., ..%2E",
        "grüße, grüße",
        ".hidden, .hidden"
    })
    void windowsHasSubstitutes(String name, String expected) {
        assertThat(WINDOWS.allowed(FileName.of(name))).hasToString(expected);
    }

    @Test
    void aBlankAtTheEndAndControlCharactersAreNotPossibleOnWindows() {
        assertThat(WINDOWS.allowed(FileName.of("end "))).isEqualTo(FileName.of("end%20"));
        assertThat(WINDOWS.allowed(FileName.of("a\nb"))).isEqualTo(FileName.of("a%0Ab"));
    }

    @Test
    void bytesThatAreNotUtf8BecomeHexadecimal() {
        FileName name = FileName.of("gr\u00fcn".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(MAC.allowed(name)).isEqualTo(FileName.of("gr%FCn"));
        assertThat(NameRules.ANY_BYTES.allowed(name)).isEqualTo(name);
        assertThat(MAC.allowed(FileName.of("a:b"))).isEqualTo(FileName.of("a:b"));
    }

    @Test
    void namesThatDifferInCaseOrInTheFormOfAccentsAreTheSame() {
        assertThat(MAC.identity(FileName.of("README"))).isEqualTo(MAC.identity(FileName.of("Readme")));
        assertThat(MAC.identity(FileName.of("\u00e9t\u00e9"))).isEqualTo(MAC.identity(FileName.of("e\u0301TE\u0301")));
        assertThat(NameRules.ANY_BYTES.identity(FileName.of("README"))).isEqualTo(FileName.of("README"));
    }

    @Test
    void aNumberComesBeforeTheExtension() {
        assertThat(NameRules.numbered(FileName.of("photo.jpg"), 2)).isEqualTo(FileName.of("photo~2.jpg"));
        assertThat(NameRules.numbered(FileName.of("README"), 3)).isEqualTo(FileName.of("README~3"));
        assertThat(NameRules.numbered(FileName.of(".profile"), 2)).isEqualTo(FileName.of(".profile~2"));
    }

    /** Otherwise a decrypted name could lead out of the output directory, or to a device. */
    @Property
    void everySubstituteIsOneNameOnWindows(@ForAll @Size(max = 40) byte[] bytes) {
        Assume.that(FileName.isName(bytes));

        byte[] allowed = WINDOWS.allowed(FileName.of(bytes)).bytes();

        assertThat(new String(allowed, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8))
                .isEqualTo(allowed);
        assertThat(IntStream.range(0, allowed.length).map(i -> allowed[i]))
                .noneMatch(b -> (b >= 0 && b < ' ') || "<>:\"/\\|?*".indexOf(b) >= 0);
        assertThat(allowed[allowed.length - 1]).isNotIn((byte) '.', (byte) ' ');
        assertThat(WINDOWS.allows(FileName.of(allowed)))
                .as(Arrays.toString(allowed))
                .isTrue();
    }
}
