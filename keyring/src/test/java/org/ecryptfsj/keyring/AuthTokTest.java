package org.ecryptfsj.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthTokTest {
    private static final Signature SIGNATURE = new Signature("0123456789abcdef");
    private static final Salt SALT = Salt.of(new byte[Salt.BYTES]);

    @Test
    void aClosedPasswordTokenHasWipedItsFekek() {
        Secret fekek = Secret.takeBytes(filled(64));
        ByteBuffer memory = fekek.buffer();

        new AuthTok.Password(SIGNATURE, fekek, SALT).close();

        assertThat(Vectors.bytes(memory)).isEqualTo(new byte[64]);
    }

    @Test
    void aClosedPrivateKeyTokenHasWipedItsBlob() {
        KeyBlob blob = KeyBlob.takeBytes(filled(40));
        ByteBuffer memory = blob.buffer();

        new AuthTok.PrivateKey(SIGNATURE, "tspi", blob).close();

        assertThat(Vectors.bytes(memory)).isEqualTo(new byte[40]);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 63, 65})
    void aFekekOfAnotherSizeIsRefused(int size) {
        try (Secret fekek = Secret.allocate(size)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new AuthTok.Password(SIGNATURE, fekek, SALT))
                    .withMessageContaining("not " + size);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"!", "~", "sixteen-letters!"})
    void anAliasOfOneToSixteenVisibleCharactersIsTaken(String alias) {
        try (AuthTok.PrivateKey tok = new AuthTok.PrivateKey(SIGNATURE, alias, KeyBlob.takeBytes(new byte[1]))) {
            assertThat(tok.alias()).isEqualTo(alias);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\u007f", "seventeen-letters"})
    void anyOtherAliasIsRefused(String alias) {
        try (KeyBlob blob = KeyBlob.takeBytes(new byte[1])) {
            assertThatIllegalArgumentException().isThrownBy(() -> new AuthTok.PrivateKey(SIGNATURE, alias, blob));
        }
    }

    private static byte[] filled(int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 0x5a);
        return bytes;
    }
}
