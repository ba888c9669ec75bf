package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.ecryptfsj.keyfile.KeyFileException.Reason;
import org.ecryptfsj.keyfile.TestFiles.Device;
import org.ecryptfsj.keyfile.UnlockedKeyFile.NewMount;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.passphrase.PassphraseKeyModule;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Protector.Interaction;
import org.junit.jupiter.api.Test;

class KeyFileTest {
    private final Device device = new Device("device", Interaction.NONE);

    @Test
    void aNewFileHasARandomPassphraseOf64HexDigitsAndTwoSignatures() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            TestFiles.add(made, device);
            KeyFile file = made.file();

            assertThat(TestFiles.text(made.secret().content().passphrase())).matches("[0-9a-f]{64}");
            assertThat(made.secret().content().salt()).isEqualTo(Salt.DEFAULT);
            assertThat(made.secret().names().orElseThrow().salt()).isEqualTo(Salt.FNEK);
            try (MountKeys keys = made.keys(TestFiles.DERIVATION)) {
                assertThat(file.mount().content()).isEqualTo(keys.content().signature());
                assertThat(file.mount().names().orElseThrow().signature())
                        .isEqualTo(keys.names().orElseThrow().signature())
                        .isNotEqualTo(keys.content().signature());
            }
            assertThat(file.created()).isEqualTo("2026-12-01T10:00:00Z");
            assertThat(file.protectors()).singleElement().hasToString("protector 1 (device)");
        }
    }

    @Test
    void signaturesOfAnImportedPassphraseAreThoseOfTheCTools() throws Exception {
        MountSecret imported = new MountSecret(
                new MountPassphrase(TestFiles.secret("test"), Salt.DEFAULT),
                Optional.of(new MountPassphrase(TestFiles.secret("test"), Salt.FNEK)));
        try (UnlockedKeyFile made = UnlockedKeyFile.create(
                imported,
                new NewMount(TestFiles.AES_256, Optional.of(TestFiles.AES_256), false),
                "",
                TestFiles.NOW,
                KeyDerivation.of(new PassphraseKeyModule()))) {
            TestFiles.add(made, device);

            assertThat(made.file().mount().content().hex()).isEqualTo("d395309aaad4de06");
            assertThat(made.file().mount().names().orElseThrow().signature().hex())
                    .isEqualTo("be877764c5918621");
        }
    }

    @Test
    void namesMayBeEncryptedWithTheKeyOfTheContentOrNotAtAll() throws Exception {
        for (Optional<CipherChoice> names : List.of(Optional.of(TestFiles.AES_256), Optional.<CipherChoice>empty())) {
            try (UnlockedKeyFile made = UnlockedKeyFile.create(
                    MountSecret.random(false),
                    new NewMount(new CipherChoice("blowfish", 56), names, true),
                    "",
                    TestFiles.NOW,
                    TestFiles.DERIVATION)) {
                TestFiles.add(made, device);
                KeyFile file = made.file();
                try (UnlockedKeyFile opened = file.unlock(made.fileKey());
                        MountKeys keys = opened.keys(TestFiles.DERIVATION)) {
                    assertThat(keys.names()).isEmpty();
                    assertThat(file.mount().names().map(n -> n.signature()))
                            .isEqualTo(names.map(n -> file.mount().content()));
                    assertThat(file.mount().xattrMetadata()).isTrue();
                    assertThat(file.mount().cipher()).isEqualTo(new CipherChoice("blowfish", 56));
                }
            }
        }
    }

    @Test
    void aFileThatIsReadAndUnlockedHasTheSamePassphrases() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            TestFiles.add(made, device);
            KeyFile read = KeyFile.parse(made.file().bytes());

            try (UnlockedKeyFile opened = read.unlock(made.fileKey())) {
                assertThat(opened.secret()
                                .content()
                                .passphrase()
                                .sameBytesAs(made.secret().content().passphrase()))
                        .isTrue();
                assertThat(opened.secret().names().orElseThrow().salt()).isEqualTo(Salt.FNEK);
            }
        }
    }

    @Test
    void theFileHoldsNoPassphraseInPlain() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            TestFiles.add(made, TestFiles.cheapPassphrase(), "a good passphrase");
            String text = new String(made.file().bytes(), StandardCharsets.UTF_8);

            assertThat(text)
                    .doesNotContain(TestFiles.text(made.secret().content().passphrase()))
                    .doesNotContain("a good passphrase");
        }
    }

    @Test
    void eachRewriteEncryptsTheSecretAnew() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            TestFiles.add(made, device);

            assertThat(made.file().document().members().get("secret"))
                    .isNotEqualTo(made.file().document().members().get("secret"));
        }
    }

    @Test
    void protectorsAreAddedAndRemovedAndKeepTheirNumbers() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            TestFiles.add(made, device);
            TestFiles.add(made, device);
            TestFiles.add(made, device);
            made.remove(2);

            assertThat(made.file().protectors()).extracting(ProtectorEntry::id).containsExactly(1, 3);
            TestFiles.add(made, device);
            assertThat(made.file().protectors()).extracting(ProtectorEntry::id).containsExactly(1, 3, 4);
        }
    }

    @Test
    void theLastProtectorIsNotRemoved() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            TestFiles.add(made, device);

            assertThatThrownBy(() -> made.remove(1)).satisfies(isReason(Reason.LAST_PROTECTOR));
            assertThatThrownBy(() -> made.remove(2)).satisfies(isReason(Reason.NO_SUCH_PROTECTOR));
            assertThat(made.file().protectors()).hasSize(1);
        }
    }

    @Test
    void aProtectorsFieldsAreReplacedAndItsLabelStays() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            made.add("device", "on the desk", JsonObject.empty().with("old", 1), TestFiles.NOW);
            TestFiles.add(made, device);
            made.replace(1, JsonObject.empty().with("new", 2));

            ProtectorEntry replaced = made.file().protector(1).orElseThrow();
            assertThat(replaced.fields().members()).containsOnlyKeys("new");
            assertThat(replaced.label()).isEqualTo("on the desk");
            assertThat(made.file().protectors()).extracting(ProtectorEntry::id).containsExactly(1, 2);
            assertThatThrownBy(() -> made.replace(3, JsonObject.empty())).satisfies(isReason(Reason.NO_SUCH_PROTECTOR));
        }
    }

    @Test
    void membersAndTypesThatThisProgramDoesNotKnowAreKept() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            TestFiles.add(made, device);
            made.add(
                    "quantum-token",
                    "future",
                    JsonObject.empty().with("spin", JsonObject.empty().with("up", true)),
                    TestFiles.NOW);
            JsonObject newer = made.file()
                    .document()
                    .with("later", "kept")
                    .with("mount", made.file().document().object("mount").with("compression", "none"));
            KeyFile written = KeyFileV1.seal(newer, made.fileKey(), made.secret());

            try (UnlockedKeyFile opened = KeyFile.parse(written.bytes()).unlock(made.fileKey())) {
                TestFiles.add(opened, device);
                opened.remove(1);
                KeyFile rewritten = KeyFile.parse(opened.file().bytes());

                assertThat(rewritten.document().text("later", 10)).isEqualTo("kept");
                assertThat(rewritten.document().object("mount").text("compression", 10))
                        .isEqualTo("none");
                assertThat(rewritten.protector(2).orElseThrow().type()).isEqualTo("quantum-token");
                assertThat(rewritten
                                .protector(2)
                                .orElseThrow()
                                .fields()
                                .object("spin")
                                .truth("up"))
                        .isTrue();
                rewritten.unlock(made.fileKey()).close();
            }
        }
    }

    @Test
    void aFileHas32ProtectorsAtMost() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            for (int i = 0; i < KeyFileV1.MOST_PROTECTORS; i++) {
                TestFiles.add(made, device);
            }

            assertThatThrownBy(() -> TestFiles.add(made, device)).satisfies(isReason(Reason.TOO_LARGE));
        }
    }

    @Test
    void aProtectorThatWouldMakeTheFileTooLongIsNotAdded() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            TestFiles.add(made, device);
            JsonObject large = JsonObject.empty().with("key", new byte[KeyFileV1.MOST_FILE_BYTES]);

            assertThatThrownBy(() -> made.add("device", "", large, TestFiles.NOW))
                    .satisfies(isReason(Reason.TOO_LARGE));
            assertThat(made.file().protectors()).hasSize(1);
        }
    }

    @Test
    void anotherFileKeyUnlocksNothing() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked();
                Secret other = Secret.allocate(32)) {
            TestFiles.add(made, device);

            assertThatThrownBy(() -> made.file().unlock(other)).satisfies(isReason(Reason.NOT_AUTHENTIC));
        }
    }

    @Test
    void anOlderValidCopyIsAccepted() throws Exception {
        try (UnlockedKeyFile made = TestFiles.unlocked()) {
            TestFiles.add(made, device);
            byte[] older = made.file().bytes();
            TestFiles.add(made, device);
            made.remove(1);

            try (UnlockedKeyFile opened = KeyFile.parse(older).unlock(made.fileKey())) {
                assertThat(opened.protectors()).extracting(ProtectorEntry::id).containsExactly(1);
            }
        }
    }

    private static Consumer<Throwable> isReason(Reason reason) {
        return e -> {
            assertThat(e).isInstanceOf(KeyFileException.class);
            assertThat(((KeyFileException) e).reason()).isEqualTo(reason);
            assertThat(((KeyFileException) e).advice()).isNotEmpty();
        };
    }
}
