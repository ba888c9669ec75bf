package org.ecryptfsj.tools.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.machine.FakeTpm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedPassphraseTest {
    private static final String PASSPHRASE = "correct horse battery";

    @TempDir
    private Path directory;

    private final FakeTpm tpm = new FakeTpm();
    private final PassphraseKeyModule passphrases = new PassphraseKeyModule();

    @Test
    void theTokenOfASealedPassphraseIsThatOfThePassphrase() throws Exception {
        try (KeyBlob blob = KeyBlob.takeBytes(new byte[] {1});
                Secret secret = secret(PASSPHRASE);
                ParameterValues values = new ParameterValues().add("passphrase_passwd", PASSPHRASE);
                TokenContents direct = passphrases.tokenContents(values)) {
            Path file = Files.write(
                    directory.resolve("sealed"),
                    SealedPassphrase.seal(tpm, blob, secret).bytes());

            try (AuthTok token = SealedPassphrase.read(file).token(tpm, blob, passphrases)) {
                assertThat(token.signature()).isEqualTo(direct.signature());
            }
            assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).doesNotContain("horse");
        }
    }

    @Test
    void tooShortAndTooLongOnesAreRefused() {
        try (KeyBlob blob = KeyBlob.takeBytes(new byte[] {1});
                Secret tooShort = secret("1234567");
                Secret tooLong = secret("x".repeat(65))) {
            assertThatThrownBy(() -> SealedPassphrase.seal(tpm, blob, tooShort))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessage("the recovery passphrase has 7 bytes; 8 to 64 are allowed");
            assertThatThrownBy(() -> SealedPassphrase.seal(tpm, blob, tooLong)).isInstanceOf(ToolFailure.class);
        }
    }

    @Test
    void filesOfAnotherKindAreRefused() throws Exception {
        for (String text : new String[] {"", "ECJSEAL1", "ECJSEAL2xxxx", "ECJSEAL1" + "x".repeat(513)}) {
            Path file = Files.writeString(directory.resolve("other"), text);

            assertThatThrownBy(() -> SealedPassphrase.read(file))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining("is not a sealed recovery passphrase");
        }
    }

    private static Secret secret(String text) {
        return Secret.takeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
