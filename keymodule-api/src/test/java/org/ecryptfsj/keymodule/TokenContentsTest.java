package org.ecryptfsj.keymodule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenContentsTest {
    private static final Signature SIGNATURE = new Signature("0123456789abcdef");
    private static final Salt SALT = new Salt("fedcba9876543210");

    @Test
    void closedContentsHaveWipedTheirSecrets() {
        Secret fekek = Secret.takeBytes(filled());
        KeyBlob blob = KeyBlob.takeBytes(filled());
        ByteBuffer fekekMemory = fekek.buffer();
        ByteBuffer blobMemory = blob.buffer();

        new TokenContents.Passphrase(SIGNATURE, fekek, SALT).close();
        new TokenContents.ModuleKey(SIGNATURE, blob).close();

        assertThat(fekekMemory).isEqualTo(ByteBuffer.allocate(64));
        assertThat(blobMemory).isEqualTo(ByteBuffer.allocate(64));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 63, 65})
    void aFekekOfAnotherSizeIsRefused(int size) {
        try (Secret fekek = Secret.allocate(size)) {
            assertThatIllegalArgumentException().isThrownBy(() -> new TokenContents.Passphrase(SIGNATURE, fekek, SALT));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "0123456789abcdeg"})
    void aSignatureOrSaltOfAnotherFormIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Signature(text));
        assertThatIllegalArgumentException().isThrownBy(() -> new Salt(text));
    }

    @Test
    void aSignatureAndASaltAreTheHexOfTheirBytes() {
        assertThat(Signature.ofFirstBytes(SIGNATURE.bytes())).isEqualTo(SIGNATURE);
        assertThat(SIGNATURE).hasToString("0123456789abcdef");
        assertThat(Salt.of(SALT.bytes())).isEqualTo(SALT);
        assertThat(SALT.bytes()).startsWith(0xfe, 0xdc);
    }

    private static byte[] filled() {
        byte[] bytes = new byte[64];
        Arrays.fill(bytes, (byte) 0x5a);
        return bytes;
    }
}
