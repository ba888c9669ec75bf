package org.ecryptfsj.keymodule.passphrase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.libcrypto.LibcryptoMissingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;

class PassphraseKdfTest {
    @ParameterizedTest
    @CsvFileSource(resources = "kdf-vectors.csv")
    void aPassphraseMakesTheKeyThatTheCToolsMake(String passphrase, String salt, String fekek, String signature)
            throws KeyModuleException {
        try (Secret secret = Secret.takeBytes(HexFormat.of().parseHex(passphrase));
                TokenContents.Passphrase made = PassphraseKdf.derive(secret, new Salt(salt))) {
            assertThat(made.signature()).isEqualTo(new Signature(signature));
            assertThat(made.salt()).isEqualTo(new Salt(salt));
            assertThat(made.fekek().buffer())
                    .isEqualTo(ByteBuffer.wrap(HexFormat.of().parseHex(fekek)));
        }
    }

    @ParameterizedTest
    @CsvFileSource(resources = "kdf-vectors.csv")
    void withoutLibcryptoTheJavaRuntimeMakesTheSameKey(String passphrase, String salt, String fekek, String signature) {
        PassphraseKdf.Hash hash = PassphraseKdf.fastest(() -> {
            throw new LibcryptoMissingException(new UnsatisfiedLinkError("no such library"));
        });
        try (Secret secret = Secret.takeBytes(HexFormat.of().parseHex(passphrase));
                TokenContents.Passphrase made = PassphraseKdf.derive(secret, new Salt(salt), hash)) {
            assertThat(made.signature()).isEqualTo(new Signature(signature));
            assertThat(made.fekek().buffer())
                    .isEqualTo(ByteBuffer.wrap(HexFormat.of().parseHex(fekek)));
        }
    }

    @Test
    void theSaltOfFileNameKeysIsTextAndNotWhatItSpells() {
        assertThat(Salt.FNEK.bytes()).isEqualTo("99887766".getBytes(StandardCharsets.US_ASCII));
    }

    @Property(tries = 5)
    void aPassphraseMayHaveAnyBytes(@ForAll @Size(min = 1, max = 64) byte[] passphrase) throws Exception {
        MessageDigest sha512 = MessageDigest.getInstance("SHA-512");
        sha512.update(Salt.DEFAULT.bytes());
        byte[] hash = sha512.digest(passphrase);
        for (int i = 1; i < 65536; i++) {
            hash = sha512.digest(hash);
        }
        try (Secret secret = Secret.copyOf(ByteBuffer.wrap(passphrase));
                TokenContents.Passphrase made = PassphraseKdf.derive(secret, Salt.DEFAULT)) {
            assertThat(made.fekek().buffer()).isEqualTo(ByteBuffer.wrap(hash));
            assertThat(made.signature()).isEqualTo(Signature.ofFirstBytes(sha512.digest(hash)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65, 1000})
    void anEmptyOrOverlongPassphraseIsRefused(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 'x');
        try (Secret secret = Secret.takeBytes(bytes)) {
            assertThatThrownBy(() -> PassphraseKdf.derive(secret, Salt.DEFAULT))
                    .isInstanceOfSatisfying(KeyModuleException.class, e -> {
                        assertThat(e.reason()).isEqualTo(Reason.BAD_PARAMETER);
                        assertThat(e.advice()).contains("1 to 64 bytes");
                    });
        }
    }
}
