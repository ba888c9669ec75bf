package org.ecryptfsj.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthTokLayoutTest {
    @ParameterizedTest
    @ValueSource(strings = {"passphrase", "fnek"})
    void aPasswordTokenOfTheCToolsIsRead(String name) throws MalformedAuthTokException {
        try (AuthTok tok = Vectors.decode(Vectors.bytes(name))) {
            assertThat(tok).isInstanceOfSatisfying(AuthTok.Password.class, password -> {
                assertThat(password.signature()).isEqualTo(Vectors.signature(name));
                assertThat(Vectors.bytes(password.fekek().buffer())).isEqualTo(Vectors.bytes(name + ".fekek"));
                assertThat(password.salt().bytes()).isEqualTo(Vectors.bytes(name + ".salt"));
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"passphrase", "fnek"})
    void aPasswordTokenIsWrittenAsTheCToolsDo(String name) {
        Secret fekek = Secret.takeBytes(Vectors.bytes(name + ".fekek"));
        Salt salt = Salt.of(Vectors.bytes(name + ".salt"));
        try (AuthTok tok =
                AuthTok.of("passphrase", new TokenContents.Passphrase(Vectors.signature(name), fekek, salt))) {
            assertThat(Vectors.encode(tok, ByteOrder.LITTLE_ENDIAN)).isEqualTo(Vectors.bytes(name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tspi", "xortest"})
    void aPrivateKeyTokenOfTheCToolsIsRead(String alias) throws MalformedAuthTokException {
        try (AuthTok tok = Vectors.decode(Vectors.bytes(alias))) {
            assertThat(tok).isInstanceOfSatisfying(AuthTok.PrivateKey.class, key -> {
                assertThat(key.signature()).isEqualTo(Vectors.signature(alias));
                assertThat(key.alias()).isEqualTo(alias);
                assertThat(Vectors.bytes(key.blob().buffer())).isEqualTo(Vectors.bytes(alias + ".blob"));
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tspi", "xortest"})
    void aPrivateKeyTokenIsWrittenAsTheCToolsDo(String alias) {
        KeyBlob blob = KeyBlob.takeBytes(Vectors.bytes(alias + ".blob"));
        try (AuthTok tok = AuthTok.of(alias, new TokenContents.ModuleKey(Vectors.signature(alias), blob))) {
            assertThat(Vectors.encode(tok, ByteOrder.LITTLE_ENDIAN)).isEqualTo(Vectors.bytes(alias));
        }
    }

    @Test
    void integersAreInTheOrderOfTheBuffer() throws MalformedAuthTokException {
        try (AuthTok tok = Vectors.decode(Vectors.bytes("tspi"))) {
            byte[] bigEndian = Vectors.encode(tok, ByteOrder.BIG_ENDIAN);
            assertThat(Arrays.copyOf(bigEndian, 4)).containsExactly(0, 4, 0, 1);
            try (AuthTok again = AuthTokLayout.decode(ByteBuffer.wrap(bigEndian).order(ByteOrder.BIG_ENDIAN))) {
                assertThat(again.signature()).isEqualTo(tok.signature());
            }
        }
    }

    @Property
    void everyPrivateKeyTokenIsReadAsItWasWritten(
            @ForAll @Size(max = 1000) byte[] blob,
            @ForAll @StringLength(min = 1, max = 16) @CharRange(from = '!', to = '~') String alias)
            throws MalformedAuthTokException {
        Signature signature = new Signature("0123456789abcdef");
        try (AuthTok tok = new AuthTok.PrivateKey(signature, alias, KeyBlob.copyOf(ByteBuffer.wrap(blob)));
                AuthTok again = Vectors.decode(Vectors.encode(tok, ByteOrder.LITTLE_ENDIAN))) {
            AuthTok.PrivateKey key = (AuthTok.PrivateKey) again;
            assertThat(key.alias()).isEqualTo(alias);
            assertThat(Vectors.bytes(key.blob().buffer())).isEqualTo(blob);
        }
    }

    @Test
    void everyTruncatedPasswordTokenIsRefused() {
        byte[] payload = Vectors.bytes("passphrase");
        for (int length = 0; length < payload.length; length++) {
            byte[] truncated = Arrays.copyOf(payload, length);
            assertThatThrownBy(() -> Vectors.decode(truncated))
                    .isInstanceOf(MalformedAuthTokException.class)
                    .hasMessageContaining(length + " bytes");
        }
    }

    @Test
    void everyPrivateKeyTokenTooShortForItsBlobIsRefused() {
        KeyBlob blob = KeyBlob.takeBytes(new byte[100]);
        try (AuthTok tok = new AuthTok.PrivateKey(Vectors.signature("tspi"), "tspi", blob)) {
            byte[] payload = Vectors.encode(tok, ByteOrder.LITTLE_ENDIAN);
            for (int length = 0; length < 670 + 100; length++) {
                byte[] truncated = Arrays.copyOf(payload, length);
                assertThatThrownBy(() -> Vectors.decode(truncated)).isInstanceOf(MalformedAuthTokException.class);
            }
        }
    }

    @Test
    void anOverlongPasswordTokenIsRefused() {
        assertThatThrownBy(() -> Vectors.decode(Arrays.copyOf(Vectors.bytes("passphrase"), 741)))
                .isInstanceOf(MalformedAuthTokException.class)
                .hasMessageContaining("741");
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0003, 0x0005, 0x0104, 0x0400, 0xffff})
    void anotherVersionIsRefused(int version) {
        byte[] payload = Vectors.bytes("tspi");
        payload[0] = (byte) version;
        payload[1] = (byte) (version >> 8);
        assertThatThrownBy(() -> Vectors.decode(payload))
                .isInstanceOf(MalformedAuthTokException.class)
                .hasMessageContaining("version " + (version >> 8) + "." + (version & 0xff) + ", not 0.4");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 0x100, 0xffff})
    void anotherKindIsRefused(int kind) {
        byte[] payload = Vectors.bytes("tspi");
        payload[2] = (byte) kind;
        payload[3] = (byte) (kind >> 8);
        assertThatThrownBy(() -> Vectors.decode(payload))
                .isInstanceOf(MalformedAuthTokException.class)
                .hasMessageContaining("kind " + kind);
    }

    @ParameterizedTest
    @ValueSource(ints = {87, 0x7fffffff, 0x80000000, 0xffffffff})
    void aBlobThatReachesBeyondThePayloadIsRefused(int blobBytes) {
        byte[] payload = Vectors.bytes("tspi");
        ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putInt(632, blobBytes);
        assertThatThrownBy(() -> Vectors.decode(payload))
                .isInstanceOf(MalformedAuthTokException.class)
                .hasMessageContaining(Integer.toUnsignedString(blobBytes));
    }

    @Test
    void aBlobThatEndsWithThePayloadIsRead() throws MalformedAuthTokException {
        byte[] payload = Vectors.bytes("tspi");
        ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putInt(632, 86);
        try (AuthTok tok = Vectors.decode(payload)) {
            assertThat(((AuthTok.PrivateKey) tok).blob().size()).isEqualTo(payload.length - 670);
        }
    }

    @Test
    void anEmptyBlobIsRead() throws MalformedAuthTokException {
        byte[] payload = Arrays.copyOf(Vectors.bytes("tspi"), 740);
        ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putInt(632, 0);
        try (AuthTok tok = Vectors.decode(payload)) {
            assertThat(((AuthTok.PrivateKey) tok).blob().size()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 63, 65, 0xffffffff})
    void aFekekOfAnotherSizeIsRefused(int bytes) {
        byte[] payload = Vectors.bytes("passphrase");
        ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putInt(640, bytes);
        assertThatThrownBy(() -> Vectors.decode(payload))
                .isInstanceOf(MalformedAuthTokException.class)
                .hasMessageContaining("fekek");
    }

    @Test
    void aPasswordTokenWithoutItsFekekIsRefused() {
        byte[] payload = Vectors.bytes("passphrase");
        payload[644] = 1;
        assertThatThrownBy(() -> Vectors.decode(payload))
                .isInstanceOf(MalformedAuthTokException.class)
                .hasMessageContaining("not set");
    }

    @ParameterizedTest
    @ValueSource(strings = {"D395309AAAD4DE06", "d395309aaad4de0", "d395309aaad4de0g", "", "d395309aaad4de061"})
    void aSignatureThatIsNotSixteenLowercaseHexDigitsIsRefused(String signature) {
        for (String name : new String[] {"passphrase", "tspi"}) {
            byte[] payload = Vectors.bytes(name);
            byte[] field = Arrays.copyOf(signature.getBytes(StandardCharsets.US_ASCII), 17);
            System.arraycopy(field, 0, payload, name.equals("tspi") ? 636 : 712, 17);
            assertThatThrownBy(() -> Vectors.decode(payload))
                    .isInstanceOf(MalformedAuthTokException.class)
                    .hasMessageContaining("signature");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {636, 653})
    void aTextWithoutItsNulIsRefused(int at) {
        byte[] payload = Vectors.bytes("tspi");
        Arrays.fill(payload, at, at + 17, (byte) 'a');
        assertThatThrownBy(() -> Vectors.decode(payload))
                .isInstanceOf(MalformedAuthTokException.class)
                .hasMessageContaining("not terminated");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "seventeen letters", "two words", "tspi\u00e9", "\u0007"})
    void aliasesThatAreNotOneToSixteenVisibleCharactersAreRefused(String alias) {
        byte[] payload = Vectors.bytes("tspi");
        byte[] field = Arrays.copyOf(alias.getBytes(StandardCharsets.ISO_8859_1), 17);
        System.arraycopy(field, 0, payload, 653, 17);
        assertThatThrownBy(() -> Vectors.decode(payload))
                .isInstanceOf(MalformedAuthTokException.class)
                .hasMessageContaining("alias");
        try (KeyBlob blob = KeyBlob.takeBytes(new byte[16])) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new AuthTok.PrivateKey(Vectors.signature("tspi"), alias, blob));
        }
    }

    @Property(tries = 5000)
    void anyOneByteChangedIsReadOrRefusedButNothingElse(
            @ForAll @IntRange(max = 755) int at, @ForAll byte value, @ForAll boolean password) {
        byte[] payload = Vectors.bytes(password ? "passphrase" : "tspi");
        payload[at % payload.length] = value;
        readOrRefuse(payload);
    }

    @Property(tries = 2000)
    void anyBytesAreReadOrRefusedButNothingElse(
            @ForAll @Size(max = 1024) byte[] noise, @ForAll boolean withAHead, @ForAll boolean password) {
        if (withAHead && noise.length >= 4) {
            noise[0] = 4;
            noise[1] = 0;
            noise[2] = (byte) (password ? 0 : 1);
            noise[3] = 0;
        }
        readOrRefuse(noise);
    }

    private static void readOrRefuse(byte[] payload) {
        try (AuthTok tok = Vectors.decode(payload)) {
            assertThat(tok.signature().hex()).hasSize(16);
        } catch (MalformedAuthTokException e) {
            assertThat(e).hasMessageContaining("not an authentication token");
        }
    }
}
