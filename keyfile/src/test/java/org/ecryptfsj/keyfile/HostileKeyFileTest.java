package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFileException.Reason;
import org.ecryptfsj.keyfile.TestFiles.Answers;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.Protectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Key files that a person who cannot unlock them has written or changed. */
class HostileKeyFileTest {
    private static final String PASSPHRASE = "a good passphrase";
    private final List<UnlockFailure> failures = new ArrayList<>();
    private UnlockedKeyFile made;
    private String text;

    @BeforeEach
    void make() throws Exception {
        made = TestFiles.unlocked();
        TestFiles.add(made, TestFiles.cheapPassphrase(), PASSPHRASE);
        text = text(made);
    }

    @AfterEach
    void wipe() {
        made.close();
    }

    @Test
    void eachCutFileIsRefused() {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int size = 0; size < bytes.length - 2; size++) {
            byte[] cut = Arrays.copyOf(bytes, size);
            assertThat(refusal(cut)).isEqualTo(Reason.MALFORMED);
        }
    }

    @Test
    void anotherVersionIsRefusedAsSuch() {
        assertThat(refusal(text.replace("\"version\": 1", "\"version\": 2"))).isEqualTo(Reason.OTHER_VERSION);
        assertThat(refusal(text.replace("\"version\": 1", "\"version\": -1"))).isEqualTo(Reason.MALFORMED);
        assertThat(refusal(text.replace("ecryptfsj key file", "luks"))).isEqualTo(Reason.MALFORMED);
    }

    @Test
    void aNameThatIsThereTwiceIsRefused() {
        assertThat(refusal(text.replace("\"xattrMetadata\": false", "\"xattrMetadata\": false, \"cipher\": \"aes\"")))
                .isEqualTo(Reason.MALFORMED);
        assertThat(refusal(text.replace("\"version\": 1", "\"version\": 1, \"\\u0076ersion\": 1")))
                .isEqualTo(Reason.MALFORMED);
    }

    @Test
    void numbersThatAreNoSmallIntegersAreRefused() {
        for (String number :
                List.of("32.0", "3.2e1", "9223372036854775808", "1e400", "-0", "\"32\"", "0", "65", "-32")) {
            assertThat(refusal(text.replace("\"keyBytes\": 32", "\"keyBytes\": " + number)))
                    .as(number)
                    .isEqualTo(Reason.MALFORMED);
        }
    }

    @Test
    void textsThatATerminalTakesForCommandsAreRefused() {
        assertThat(refusal(text.replace("\"label\": \"/srv/secret\"", "\"label\": \"\\u001b[2J\"")))
                .isEqualTo(Reason.MALFORMED);
        assertThat(refusal(text.replace("\"type\": \"passphrase\"", "\"type\": \"pass\\nphrase\"")))
                .isEqualTo(Reason.MALFORMED);
        assertThat(refusal(text.replace("\"cipher\": \"aes\"", "\"cipher\": \"aes,suid\"")))
                .isEqualTo(Reason.MALFORMED);
    }

    @Test
    void whatIsNoJsonObjectIsRefused() {
        for (String other : List.of(
                "",
                "[]",
                "null",
                "{}",
                text + text,
                text + "x",
                "\ufeff" + text,
                "[".repeat(100_000),
                "{\"a\":".repeat(50))) {
            assertThat(refusal(other)).isEqualTo(Reason.MALFORMED);
        }
        assertThat(refusal(new byte[] {(byte) 0xff, (byte) 0xfe})).isEqualTo(Reason.MALFORMED);
        assertThat(refusal(text.replace("/srv/secret", "\\ud800"))).isEqualTo(Reason.MALFORMED);
    }

    @Test
    void aFileWithoutProtectorOrWithTwoOfOneNumberIsRefused() {
        assertThat(refusal(text.replaceAll("(?s)\"protectors\": \\[.*\\n  \\]", "\"protectors\": []")))
                .isEqualTo(Reason.MALFORMED);
        String entry = "{\"id\": 1, \"type\": \"x\", \"label\": \"\", \"added\": \"\"}";
        assertThat(refusal(text.replaceAll(
                        "(?s)\"protectors\": \\[.*\\n  \\]", "\"protectors\": [" + entry + ", " + entry + "]")))
                .isEqualTo(Reason.MALFORMED);
    }

    @Test
    void aFileThatIsTooLongIsRefused() {
        assertThat(refusal(text + " ".repeat(KeyFileV1.MOST_FILE_BYTES))).isEqualTo(Reason.MALFORMED);
    }

    @Test
    void anyOtherFileThatSaysTheSameIsAccepted() throws Exception {
        KeyFile.parse(text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8))
                .unlock(made.fileKey())
                .close();
    }

    @Test
    void eachChangedMemberIsDetectedWhenItIsUnlocked() throws Exception {
        for (String[] change : List.of(
                new String[] {"\"cipher\": \"aes\"", "\"cipher\": \"des3_ede\""},
                new String[] {"\"keyBytes\": 32", "\"keyBytes\": 16"},
                new String[] {"\"xattrMetadata\": false", "\"xattrMetadata\": true"},
                new String[] {"\"content\": \"", "\"unknown\": 1, \"content\": \""},
                new String[] {"/srv/secret", "/srv/public"},
                new String[] {"\"added\": \"2026", "\"added\": \"2025"},
                new String[] {made.file().mount().content().hex(), "0011223344556677"})) {
            String changed = text.replace(change[0], change[1]);
            assertThat(changed).as(change[0]).isNotEqualTo(text);
            KeyFile file = KeyFile.parse(changed.getBytes(StandardCharsets.UTF_8));

            assertThatThrownBy(() -> file.unlock(made.fileKey()))
                    .as(change[0])
                    .isInstanceOfSatisfying(
                            KeyFileException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_AUTHENTIC));
            assertThat(unlocks(file)).as(change[0]).isFalse();
        }
    }

    @Test
    void aProtectorOfAnotherFileIsRefused() throws Exception {
        try (UnlockedKeyFile other = TestFiles.unlocked()) {
            TestFiles.add(other, TestFiles.cheapPassphrase(), PASSPHRASE);
            KeyFile swapped = swapped(other.file(), made.file());

            assertThat(unlocks(swapped)).isFalse();
            assertThat(failures).singleElement().satisfies(f -> assertThat(f.reason())
                    .isEqualTo(ProtectorException.Reason.WRONG_SECRET));
        }
    }

    /** All of another file but its secret: then its own protector works, and what it unlocks is not authentic. */
    @Test
    void aSecretOfAnotherFileIsRefused() throws Exception {
        try (UnlockedKeyFile other = TestFiles.unlocked()) {
            TestFiles.add(other, TestFiles.cheapPassphrase(), PASSPHRASE);
            String mixed = made.file()
                    .document()
                    .with("secret", other.file().document().text("secret", 1000))
                    .indented();

            assertThat(unlocks(KeyFile.parse(mixed.getBytes(StandardCharsets.UTF_8))))
                    .isFalse();
            assertThat(failures).singleElement().satisfies(f -> assertThat(f.message())
                    .contains("was changed by a program that could not unlock it"));
        }
    }

    @Test
    void argon2ParametersBeyondTheLimitsAreRefusedBeforeAnybodyIsAsked() throws Exception {
        for (String[] change : List.of(
                new String[] {"\"memoryKiB\": 64", "\"memoryKiB\": 2199023255552"},
                new String[] {"\"memoryKiB\": 64", "\"memoryKiB\": 2147483648"},
                new String[] {"\"memoryKiB\": 64", "\"memoryKiB\": 262145"},
                new String[] {"\"memoryKiB\": 64", "\"memoryKiB\": -64"},
                new String[] {"\"memoryKiB\": 64", "\"memoryKiB\": 31"},
                new String[] {"\"passes\": 3", "\"passes\": 65"},
                new String[] {"\"passes\": 3", "\"passes\": 0"},
                new String[] {"\"lanes\": 4", "\"lanes\": 17"},
                new String[] {"\"lanes\": 4", "\"lanes\": 0"},
                new String[] {"argon2id", "md5"},
                new String[] {"\"salt\": \"", "\"salt\": \"AAAA"})) {
            String changed = text.replace(change[0], change[1]);
            assertThat(changed).as(change[0]).isNotEqualTo(text);
            Answers answers = new Answers(3, PASSPHRASE);
            failures.clear();

            assertThat(unlocks(KeyFile.parse(changed.getBytes(StandardCharsets.UTF_8)), answers))
                    .isFalse();
            assertThat(answers.questions).as(change[1]).isEmpty();
            assertThat(failures).singleElement().satisfies(f -> assertThat(f.reason())
                    .isEqualTo(ProtectorException.Reason.DAMAGED));
        }
    }

    private static KeyFile swapped(KeyFile from, KeyFile into) throws Exception {
        return KeyFile.parse(into.document()
                .with("protectors", from.document().members().get("protectors"))
                .indented()
                .getBytes(StandardCharsets.UTF_8));
    }

    private boolean unlocks(KeyFile file) {
        failures.clear();
        return unlocks(file, new Answers(1, PASSPHRASE));
    }

    private boolean unlocks(KeyFile file, Answers answers) {
        try (Protectors protectors = Protectors.of(new PassphraseProtector(), new RecoveryProtector());
                Unlocker.Unlocked unlocked = new Unlocker(protectors, answers, failures::add).unlock(file)) {
            assertThat(unlocked.protector().type()).isEqualTo("passphrase");
            return true;
        } catch (KeyFileException e) {
            assertThat(e.reason()).isEqualTo(Reason.LOCKED);
            return false;
        }
    }

    private static Reason refusal(String changed) {
        return refusal(changed.getBytes(StandardCharsets.UTF_8));
    }

    private static Reason refusal(byte[] bytes) {
        Optional<Reason> refused = Optional.empty();
        try {
            KeyFile.parse(bytes);
        } catch (KeyFileException e) {
            refused = Optional.of(e.reason());
        }
        assertThat(refused).as(new String(bytes, StandardCharsets.UTF_8)).isPresent();
        return refused.get();
    }

    private static String text(UnlockedKeyFile file) throws KeyFileException {
        return new String(file.file().bytes(), StandardCharsets.UTF_8);
    }
}
