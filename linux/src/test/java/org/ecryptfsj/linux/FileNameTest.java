package org.ecryptfsj.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNameTest {
    @Test
    void printableNamesContainNoControlCharacters() {
        assertThat(FileName.printable("gr\u00fc\u00dfe\n\u001b[2J".getBytes(UTF_8)))
                .isEqualTo("gr\u00fc\u00dfe\\x0a\\x1b[2J");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/", "a\0b"})
    void aNameCannotLeadOutOfItsDirectory(String text) {
        assertThat(FileName.isName(text.getBytes(UTF_8))).isFalse();
        assertThatThrownBy(() -> FileName.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNameKeepsItsBytes() {
        byte[] bytes = {(byte) 0xFF, '\n', '.', (byte) 0xC3};

        assertThat(FileName.of(bytes).bytes()).isEqualTo(bytes);
    }
}
