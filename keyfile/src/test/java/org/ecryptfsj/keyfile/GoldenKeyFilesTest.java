package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import org.ecryptfsj.keyfile.TestFiles.Answers;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule;
import org.ecryptfsj.protector.Protectors;
import org.junit.jupiter.api.Test;

/** Files of version 1 stay readable; key-files.txt beside them says where they come from. */
class GoldenKeyFilesTest {
    private static final KeyDerivation DERIVATION = KeyDerivation.of(new PassphraseKeyModule());

    @Test
    void aFileWithAPassphraseIsUnlocked() throws Exception {
        KeyFile file = read("passphrase.key");

        assertThat(file.protectors().get(0).fields().integer("memoryKiB", 0, 1 << 20))
                .isEqualTo(64 * 1024);
        try (Unlocked unlocked = unlock(file, "correct horse battery staple");
                MountKeys keys = unlocked.file().keys(DERIVATION)) {
            MountSecret secret = unlocked.file().secret();
            assertThat(TestFiles.text(secret.content().passphrase()))
                    .isEqualTo("4f124127aa0ed2b9781e9ec28622b678abaaf500e53a5d3cafb69df00912e426");
            assertThat(secret.names().orElseThrow().salt()).isEqualTo(Salt.FNEK);
            assertThat(keys.content().signature().hex()).isEqualTo("53402f0cc12f20dd");
            assertThat(keys.names().orElseThrow().signature().hex()).isEqualTo("b14d2a885fff097a");
        }
    }

    @Test
    void aFileWithARecoveryCodeIsUnlocked() throws Exception {
        KeyFile file = read("recovery.key");

        try (Unlocked unlocked = unlock(file, "28ek2 shsyo fpaqy et6b7 efhnj dhs5l 7ozwk rsh81");
                MountKeys keys = unlocked.file().keys(DERIVATION)) {
            assertThat(TestFiles.text(unlocked.file().secret().content().passphrase()))
                    .isEqualTo("test");
            assertThat(keys.content().signature().hex()).isEqualTo("d395309aaad4de06");
            assertThat(file.mount().names()).isEmpty();
            assertThat(file.mount().cipher()).isEqualTo(new CipherChoice("aes", 16));
        }
    }

    private static Unlocked unlock(KeyFile file, String answer) throws KeyFileException {
        try (Protectors protectors = Protectors.of(new PassphraseProtector(), new RecoveryProtector())) {
            return new Unlocker(protectors, new Answers(1, answer), failure -> {
                        throw new AssertionError(failure.toString());
                    })
                    .unlock(file);
        }
    }

    private static KeyFile read(String name) throws IOException, KeyFileException {
        try (InputStream in = GoldenKeyFilesTest.class.getResourceAsStream(name)) {
            return KeyFile.parse(in.readAllBytes());
        }
    }
}
