package org.ecryptfsj.tools.keyfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.CipherChoice;
import org.ecryptfsj.keyfile.KeyDerivation;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.MountPassphrase;
import org.ecryptfsj.keyfile.MountSecret;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.keyfile.UnlockedKeyFile.NewMount;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A key file of the passphrase of lower-trees.tgz. */
class KeyFileTokensTest {
    private final StateProtector protector = new StateProtector();

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void makesAKeyFile() throws Exception {
        file = directory.resolve("secret.key");
        try (UnlockedKeyFile unlocked = UnlockedKeyFile.create(
                        new MountSecret(passphrase(Salt.DEFAULT), Optional.of(passphrase(Salt.FNEK))),
                        new NewMount(new CipherChoice("aes", 32), Optional.of(new CipherChoice("aes", 32)), false),
                        "",
                        Instant.EPOCH,
                        KeyDerivation.of(new PassphraseKeyModule()));
                ParameterValues values = new ParameterValues();
                Protection protection =
                        protector.protect(unlocked.fileKey(), unlocked.context(), values, Prompter.nobody())) {
            unlocked.add(protector.type(), "", protection.fields(), Instant.EPOCH);
            new KeyFileStore().create(file, unlocked.file());
        }
    }

    private static MountPassphrase passphrase(Salt salt) {
        return new MountPassphrase(Secret.takeBytes("test".getBytes(StandardCharsets.US_ASCII)), salt);
    }

    @Test
    void theKeysOfContentsAndNamesAreGiven() throws Exception {
        List<AuthTok> tokens = unlock();

        assertThat(tokens)
                .extracting(token -> token.signature().hex())
                .containsExactly("d395309aaad4de06", "be877764c5918621");
        tokens.forEach(AuthTok::close);
    }

    @Test
    void aKeyFileThatStaysLockedIsRefused() {
        protector.present = "changed";

        assertThatThrownBy(this::unlock)
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining(file.toString())
                .extracting(e -> ((ToolFailure) e).code())
                .isEqualTo(ToolFailure.EPERM);
    }

    private List<AuthTok> unlock() throws ToolFailure {
        return KeyFileTokens.unlock(
                file, KeyModules.of(new PassphraseKeyModule()), Protectors.of(protector), path -> Prompter.nobody());
    }
}
