package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFileException.Reason;
import org.ecryptfsj.keyfile.TestFiles.Answers;
import org.ecryptfsj.keyfile.TestFiles.Device;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.Protector.Interaction;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.protector.Protectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnlockerTest {
    private static final String PASSPHRASE = "a good passphrase";

    private final Device tpm = new Device("tpm", Interaction.NONE);
    private final Device board = new Device("board", Interaction.NONE);
    private final Device token = new Device("token", Interaction.OWN_QUESTION);
    private final PassphraseProtector passphrase = TestFiles.cheapPassphrase();
    private final RecoveryProtector recovery = new RecoveryProtector();
    private final Protectors protectors = Protectors.of(tpm, board, token, passphrase, recovery);
    private final List<UnlockFailure> failures = new ArrayList<>();
    private UnlockedKeyFile made;
    private String code = "";

    @BeforeEach
    void make() throws Exception {
        made = TestFiles.unlocked();
    }

    @AfterEach
    void wipe() {
        made.close();
    }

    private KeyFile fileWith(Protector... all) throws Exception {
        for (Protector protector : all) {
            code = TestFiles.add(made, protector, PASSPHRASE).orElse(code);
        }
        return made.file();
    }

    private int unlock(KeyFile file, Prompter prompter) throws Exception {
        try (Unlocked unlocked = new Unlocker(protectors, prompter, failures::add).unlock(file)) {
            assertThat(unlocked.file().fileKey().sameBytesAs(made.fileKey())).isTrue();
            return unlocked.protector().id();
        }
    }

    @Test
    void protectorsThatAskNobodyAreTriedFirstInTheirOrder() throws Exception {
        KeyFile file = fileWith(passphrase, token, board, tpm);
        Answers answers = new Answers(3, PASSPHRASE);

        assertThat(unlock(file, answers)).isEqualTo(3);
        assertThat(tpm.used).isZero();
        assertThat(answers.questions).isEmpty();
        assertThat(failures).isEmpty();
    }

    @Test
    void eachFailedProtectorIsToldWithItsReasonAndTheNextIsTried() throws Exception {
        KeyFile file = fileWith(tpm, board, recovery);
        tpm.failure = Optional.of(ProtectorException.stateChanged(
                List.of(4), "PCR 4 changed since the key was sealed", "type the recovery code, then run rebind"));
        board.failure =
                Optional.of(new ProtectorException(ProtectorException.Reason.UNAVAILABLE, "it is not there", ""));

        assertThat(unlock(file, new Answers(1, code))).isEqualTo(3);
        assertThat(failures)
                .extracting(failure -> failure.protector() + ": " + failure.message())
                .containsExactly(
                        "protector 1 (tpm): PCR 4 changed since the key was sealed",
                        "protector 2 (board): it is not there");
        assertThat(failures.get(0).advice()).isEqualTo("type the recovery code, then run rebind");
        assertThat(failures.get(0).reason()).isEqualTo(ProtectorException.Reason.STATE_CHANGED);
    }

    @Test
    void onePersonsAnswerIsTriedByPassphraseAndRecovery() throws Exception {
        KeyFile file = fileWith(passphrase, recovery);

        assertThat(unlock(file, new Answers(1, PASSPHRASE))).isEqualTo(1);
        Answers answers = new Answers(1, code);
        assertThat(unlock(file, answers)).isEqualTo(2);
        assertThat(answers.questions)
                .singleElement()
                .isEqualTo(new Prompter.Question("Passphrase or recovery code for /srv/secret", false));
        assertThat(failures).isEmpty();
    }

    @Test
    void theQuestionIsTheProtectorsOwnIfOnlyOneAsks() throws Exception {
        Answers answers = new Answers(1, PASSPHRASE);

        assertThat(unlock(fileWith(passphrase), answers)).isEqualTo(1);
        assertThat(answers.questions).extracting(Prompter.Question::text).containsExactly("Passphrase for /srv/secret");
    }

    @Test
    void aWrongAnswerIsAskedForAgainAsOftenAsThePrompterAllows() throws Exception {
        KeyFile file = fileWith(passphrase);

        assertThat(unlock(file, new Answers(3, "wrong one", "wrong two", PASSPHRASE)))
                .isEqualTo(1);
        assertThat(failures).hasSize(2);
        assertThatThrownBy(() -> unlock(file, new Answers(2, "wrong one", "wrong two", PASSPHRASE)))
                .isInstanceOfSatisfying(
                        KeyFileException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LOCKED));
    }

    @Test
    void aMistypedRecoveryCodeIsToldWithItsGroup() throws Exception {
        KeyFile file = fileWith(recovery);
        String wrong = code.substring(0, 12) + (code.charAt(12) == 'A' ? 'B' : 'A') + code.substring(13);

        assertThat(unlock(file, new Answers(2, wrong, code))).isEqualTo(1);
        assertThat(failures).singleElement().satisfies(f -> assertThat(f.message())
                .isEqualTo("group 3 of the recovery code is mistyped"));
    }

    @Test
    void theCodeOfAnotherFileIsNotTakenForMistyped() throws Exception {
        KeyFile file = fileWith(recovery, recovery);
        String second = code;
        made.remove(2);

        assertThatThrownBy(() -> unlock(made.file(), new Answers(1, second))).isInstanceOf(KeyFileException.class);
        assertThat(failures).singleElement().satisfies(f -> assertThat(f.message())
                .contains("belongs to another key file"));
        assertThat(unlock(file, new Answers(1, second))).isEqualTo(2);
    }

    @Test
    void aDeviceThatCountsWrongAnswersGetsItsOwnOnly() throws Exception {
        KeyFile file = fileWith(passphrase, token);
        Answers answers = new Answers(1, "wrong one", "1234");

        assertThat(unlock(file, answers)).isEqualTo(2);
        assertThat(answers.questions)
                .extracting(Prompter.Question::text)
                .containsExactly("Passphrase for /srv/secret", "PIN");
        assertThat(token.used).isEqualTo(1);
    }

    @Test
    void whereNobodyCanBeAskedEachProtectorSaysSo() throws Exception {
        KeyFile file = fileWith(passphrase, recovery, token);

        assertThatThrownBy(() -> unlock(file, Prompter.nobody())).isInstanceOf(KeyFileException.class);
        assertThat(failures).hasSize(3).allSatisfy(f -> assertThat(f.reason())
                .isEqualTo(ProtectorException.Reason.NO_ANSWER));
    }

    @Test
    void aTypeThatIsNotInstalledIsToldAndTheNextIsTried() throws Exception {
        made.add("quantum-token", "", JsonObject.empty(), TestFiles.NOW);

        assertThat(unlock(fileWith(tpm), Prompter.nobody())).isEqualTo(2);
        assertThat(failures).singleElement().satisfies(f -> assertThat(f.message())
                .isEqualTo("protectors of type quantum-token are not installed"));
    }

    @Test
    void aProtectorThatGivesTheWrongKeyOrFailsByADefectDoesNotKeepTheOthersFromUnlocking() throws Exception {
        made.add("tpm", "", JsonObject.empty().with("key", new byte[32]), TestFiles.NOW);
        made.add("tpm", "", JsonObject.empty().with("key", new byte[31]), TestFiles.NOW);
        made.add("tpm", "", JsonObject.empty(), TestFiles.NOW);

        assertThat(unlock(fileWith(tpm), Prompter.nobody())).isEqualTo(4);
        assertThat(failures)
                .extracting(UnlockFailure::message)
                .satisfiesExactly(
                        message -> assertThat(message).contains("its file key is another one"),
                        message -> assertThat(message).contains("31 bytes, not 32"),
                        message -> assertThat(message).contains("member \"key\" is missing"));
    }

    @Test
    void oneProtectorCanBeTriedAlone() throws Exception {
        KeyFile file = fileWith(tpm, passphrase);
        Unlocker unlocker = new Unlocker(protectors, new Answers(1, PASSPHRASE), failures::add);

        try (Unlocked unlocked = unlocker.unlock(file, 2)) {
            assertThat(unlocked.protector().type()).isEqualTo("passphrase");
        }
        assertThat(tpm.used).isZero();
        assertThatThrownBy(() -> unlocker.unlock(file, 3))
                .isInstanceOfSatisfying(
                        KeyFileException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SUCH_PROTECTOR));
    }

    @Test
    void eachProtectorSaysWithoutUnlockingWhetherItCouldBeUsed() throws Exception {
        made.add("quantum-token", "", JsonObject.empty(), TestFiles.NOW);
        made.add("recovery", "", JsonObject.empty(), TestFiles.NOW);
        KeyFile file = fileWith(tpm, passphrase, recovery);
        tpm.failure = Optional.of(new ProtectorException(
                ProtectorException.Reason.NOT_READY, "the TPM is locked out", "wait 10 minutes"));
        Unlocker unlocker = new Unlocker(protectors, Prompter.nobody(), failures::add);

        List<ProtectorState> states = file.protectors().stream()
                .map(entry -> unlocker.state(file, entry))
                .toList();
        assertThat(states)
                .extracting(state -> state.obstacle().map(o -> o.message()).orElse("usable"))
                .containsExactly(
                        "protectors of type quantum-token are not installed",
                        "member \"salt\" is missing",
                        "the TPM is locked out",
                        "usable",
                        "usable");
        assertThat(states.get(4).binding()).isEqualTo("a recovery code");
        assertThat(tpm.used).isZero();
    }

    @Test
    void aNewPassphraseIsAskedForTwiceAndIsNotShort() throws Exception {
        Answers answers = new Answers(1, "short");

        assertThatThrownBy(() -> passphrase.protect(made.fileKey(), made.context(), new ParameterValues(), answers))
                .isInstanceOfSatisfying(ProtectorException.class, e -> assertThat(e.reason())
                        .isEqualTo(ProtectorException.Reason.BAD_PARAMETER));
        assertThat(answers.questions).containsExactly(new Prompter.Question("New passphrase for /srv/secret", true));
    }

    @Test
    void thePassesOfANewPassphraseTakeAboutASecond() throws Exception {
        long[] now = {0};
        PassphraseProtector measured = new PassphraseProtector(() -> now[0] += 100_000_000L, 64);
        TestFiles.add(made, measured, PASSPHRASE);

        JsonObject fields = made.file().protectors().get(0).fields();
        assertThat(fields.integer("passes", 1, 64)).isEqualTo(10);
        assertThat(fields.integer("memoryKiB", 1, 64)).isEqualTo(64);
    }
}
