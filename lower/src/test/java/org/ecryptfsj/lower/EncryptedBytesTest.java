package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EncryptedBytesTest {
    @Test
    void bytesAreEqualByValue() {
        EncryptedBytes bytes = EncryptedBytes.of(new byte[] {1, 2, 3});

        assertThat(bytes)
                .isEqualTo(EncryptedBytes.of(new byte[] {1, 2, 3}))
                .hasSameHashCodeAs(EncryptedBytes.of(new byte[] {1, 2, 3}))
                .isNotEqualTo(EncryptedBytes.of(new byte[] {1, 2, 4}))
                .isNotEqualTo("other");
    }

    @Test
    void bytesNeverChange() {
        byte[] from = {1, 2, 3};
        EncryptedBytes bytes = EncryptedBytes.of(from);
        from[0] = 9;
        bytes.bytes()[1] = 9;

        assertThat(bytes.bytes()).containsExactly(1, 2, 3);
    }

    @Test
    void textStatesTheirNumberOnly() {
        assertThat(EncryptedBytes.of(new byte[] {1, 2, 3})).hasToString("EncryptedBytes[3 bytes]");
    }
}
