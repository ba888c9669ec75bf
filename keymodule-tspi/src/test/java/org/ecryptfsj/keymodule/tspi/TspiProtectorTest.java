package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector.Interaction;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.protector.ProtectorState.Obstacle;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.protector.RegisterBinding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The protector with a TPM in each of its states. */
@Timeout(120)
class TspiProtectorTest {
    private static final String FILE_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final String ZEROS = "0".repeat(40);
    private static final ProtectorContext CONTEXT =
            new ProtectorContext(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"), "/srv/secret");

    private SoftwareTpm tpm;
    private TspiProtector protector;

    @BeforeEach
    void aTpmWithAnOwner() {
        tpm = SoftwareTpm.startOwned();
        protector = TestKeys.protector(tpm);
    }

    @AfterEach
    void stop() {
        protector.close();
        tpm.close();
    }

    @Test
    void itIsFoundByItsType() throws IOException {
        try (Protectors protectors = Protectors.load(Optional.empty())) {
            assertThat(protectors.byType("tspi")).containsInstanceOf(TspiProtector.class);
        }
    }

    @Test
    void aNewTpmKeyIsBoundToThePresentValuesOfItsPcrs() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0,2");

        assertThat(fields.object("pcrs"))
                .isEqualTo(JsonObject.empty().with("0", ZEROS).with("2", ZEROS));
        assertThat(fields.integer("recheck", 1, 3600)).isEqualTo(5);
        assertThat(fields.bytes("key", 268, 268)).isNotEmpty();
        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
        assertThat(protector.interaction(fields)).isEqualTo(Interaction.NONE);
        assertThat(protector.binding(fields))
                .contains(new RegisterBinding(Map.of(0, ZEROS, 2, ZEROS), Duration.ofSeconds(5)));
        assertThat(protector.state(fields, CONTEXT))
                .isEqualTo(ProtectorState.usable("TPM 1.2 key " + fields.text("uuid", 32) + ", PCRs 0, 2"));
    }

    @Test
    void withoutPcrsNothingIsWatchedAndNothingIsBoundAgain() throws Exception {
        JsonObject fields = protect();

        tpm.extend(2);

        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
        assertThat(protector.binding(fields)).isEmpty();
        assertThat(protector.rebindingValues(fields)).isEmpty();
        assertThat(protector.state(fields, CONTEXT))
                .isEqualTo(ProtectorState.usable("TPM 1.2 key " + fields.text("uuid", 32) + ", no PCRs"));
    }

    @Test
    void aTpmKeyOfTheCToolIsUsedWithItsOwnPcrs() throws Exception {
        String key = tpm.generateWithTheCTool(3, 7);

        JsonObject fields = protect("tspi_uuid", key, "tspi_recheck", "60");

        assertThat(fields.text("uuid", 32)).isEqualTo(key);
        assertThat(protector.binding(fields))
                .contains(new RegisterBinding(Map.of(3, ZEROS, 7, ZEROS), Duration.ofSeconds(60)));
        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
    }

    @Test
    void anotherValueOfAPcrIsNamedUntilTheFileKeyIsBoundAgain() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0", "tspi_pcr", "2");
        tpm.extend(2);

        ProtectorException failure = failureOf(() -> unprotect(fields));
        assertThat(failure.reason()).isEqualTo(Reason.STATE_CHANGED);
        assertThat(failure.registers()).containsExactly(2);
        assertThat(failure).hasMessageStartingWith("PCR 2 has another value than when the file key was sealed");
        assertThat(failure.advice()).contains("ecryptfs-key rebind");
        assertThat(obstacle(fields))
                .isEqualTo(new Obstacle(Reason.STATE_CHANGED, failure.getMessage(), failure.advice()));
        Map<Integer, String> now = protector.registers(Set.of(0, 2));
        assertThat(now).containsEntry(0, ZEROS).hasSize(2);
        assertThat(now.get(2)).matches("[0-9a-f]{40}").isNotEqualTo(ZEROS);

        JsonObject bound;
        try (ParameterValues values = protector.rebindingValues(fields).orElseThrow()) {
            bound = protect(values);
        }
        assertThat(unprotect(bound)).isEqualTo(FILE_KEY);
        assertThat(bound.text("uuid", 32)).isNotEqualTo(fields.text("uuid", 32));
        assertThat(protector.binding(bound)).contains(new RegisterBinding(now, Duration.ofSeconds(5)));
    }

    @Test
    void fieldsOfAnotherFileOrWithAnotherParameterAreDamaged() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0");
        ProtectorContext otherFile = new ProtectorContext(UUID.randomUUID(), "/srv/secret");

        assertThat(failureOf(() -> protector.unprotect(fields, otherFile, Prompter.nobody()))
                        .reason())
                .isEqualTo(Reason.DAMAGED);
        for (JsonObject changed : List.of(
                fields.with("recheck", 3600),
                fields.with("pcrs", JsonObject.empty()),
                fields.with("pcrs", JsonObject.empty().with("0", "1" + ZEROS.substring(1))),
                fields.with("unknown", 1))) {
            ProtectorException failure = failureOf(() -> unprotect(changed));
            assertThat(failure.reason()).as(changed.toString()).isEqualTo(Reason.DAMAGED);
            assertThat(failure).hasMessage("the sealed file key belongs to another key file or was changed");
        }
    }

    @Test
    void bytesSealedWithAnotherTpmKeyOrChangedAreDamaged() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0");
        JsonObject other = protect("tspi_pcr", "0");
        byte[] sealed = fields.bytes("key", 268, 268);
        sealed[100] ^= 1;

        for (JsonObject changed :
                List.of(fields.with("key", sealed), fields.with("key", other.bytes("key", 268, 268)))) {
            assertThat(failureOf(() -> unprotect(changed)).reason()).isEqualTo(Reason.DAMAGED);
        }
    }

    @Test
    void aTpmKeyThatIsGoneIsMissing() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0");
        try (TspiKeyModule module = TestKeys.module(tpm)) {
            module.device().orElseThrow().remove(fields.text("uuid", 32), Duration.ofSeconds(20));
        }
        protector.close();
        protector = TestKeys.protector(tpm);

        assertRefused(fields, Reason.KEY_MISSING, "is not in this user's key storage");
    }

    @Test
    void anotherTpmHasNotTheKey() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0");

        tpm.exchangeChip();
        assertRefused(fields, Reason.NOT_READY, "the TPM has no owner");
        tpm.putChipBack();
        tpm.replaceChip();
        assertRefused(fields, Reason.KEY_MISSING, "was made by another TPM");
    }

    @Test
    void aDisabledTpmIsNotReady() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0");

        tpm.run("", "tpm_setenable", "-d", "-z").success();

        assertRefused(fields, Reason.NOT_READY, "the TPM is disabled");
    }

    @Test
    void withoutTcsdItIsUnavailable() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0");
        tpm.stopTcsd();

        assertRefused(fields, Reason.UNAVAILABLE, "tcsd does not answer");
        assertThat(failureOf(() -> protector.registers(Set.of(0))).reason()).isEqualTo(Reason.UNAVAILABLE);
        tpm.startTcsd();
        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
    }

    @Test
    void itsStateDoesNotWaitForAFrozenTcsd() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0");
        tpm.freezeTcsd();

        Obstacle obstacle = obstacle(fields);

        tpm.thawTcsd();
        assertThat(obstacle.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(obstacle.message()).startsWith("timed out");
        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
    }

    @Test
    void anInterruptedCallerGivesUp() throws Exception {
        JsonObject fields = protect("tspi_pcr", "0");
        tpm.freezeTcsd();

        Thread.currentThread().interrupt();
        ProtectorException failure = failureOf(() -> unprotect(fields));

        assertThat(Thread.interrupted()).isTrue();
        tpm.thawTcsd();
        assertThat(failure.reason()).isEqualTo(Reason.TIMED_OUT);
    }

    @Test
    void wrongParametersAreRefusedAndNoKeyIsMade() throws Exception {
        for (String[] wrong : List.of(
                new String[] {"tspi_pcr", "24"},
                new String[] {"tspi_pcr", "-1"},
                new String[] {"tspi_pcr", "0,,2"},
                new String[] {"tspi_pcr", ""},
                new String[] {"tspi_recheck", "0"},
                new String[] {"tspi_recheck", "3601"},
                new String[] {"tspi_recheck", "soon"},
                new String[] {"tspi_uuid", "1234"},
                new String[] {"tspi_uuid", "00112233445566778899aabbccddeeff", "tspi_pcr", "0"})) {
            assertThat(failureOf(() -> protect(wrong)).reason())
                    .as(String.join(" ", wrong))
                    .isEqualTo(Reason.BAD_PARAMETER);
        }
        assertThat(failureOf(() -> protect("tspi_uuid", "00112233445566778899aabbccddeeff"))
                        .reason())
                .isEqualTo(Reason.KEY_MISSING);
        assertNoKeyIsStored();
    }

    @Test
    void aNewKeyThatSealsNothingIsRemoved() {
        Secret closed = TestKeys.secret(FILE_KEY);
        closed.close();

        try (ParameterValues none = new ParameterValues()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> protector.protect(closed, CONTEXT, none, Prompter.nobody()))
                    .isInstanceOf(ProtectorException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThatThrownBy(() -> protector.protect(closed, CONTEXT, none, Prompter.nobody()))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertNoKeyIsStored();
    }

    @Test
    void aGivenKeyOfAnotherStateIsRefused() throws Exception {
        String key = tpm.generateWithTheCTool(2);
        tpm.extend(2);

        assertThat(failureOf(() -> protect("tspi_uuid", key)).reason()).isEqualTo(Reason.STATE_CHANGED);
    }

    @Test
    void aRegisterThatTheTpmLacksIsABadParameter() {
        assertThat(failureOf(() -> protector.registers(Set.of(0, 24))).reason()).isEqualTo(Reason.BAD_PARAMETER);
        assertThat(failureOf(() -> protector.registers(Set.of(-1))).reason()).isEqualTo(Reason.BAD_PARAMETER);
    }

    private void assertNoKeyIsStored() {
        int versionAndCount = 5;
        assertThat(tpm.storage())
                .satisfies(storage -> assertThat(Files.size(storage)).isLessThanOrEqualTo(versionAndCount));
    }

    private void assertRefused(JsonObject fields, Reason reason, String message) throws Exception {
        ProtectorException failure = failureOf(() -> unprotect(fields));
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure).hasMessageContaining(message);
        Obstacle obstacle = obstacle(fields);
        assertThat(obstacle.reason()).isEqualTo(reason);
        assertThat(obstacle.message()).contains(message);
    }

    private Obstacle obstacle(JsonObject fields) throws Exception {
        return protector.state(fields, CONTEXT).obstacle().orElseThrow();
    }

    private JsonObject protect(String... namesAndValues) throws ProtectorException {
        try (ParameterValues values = new ParameterValues()) {
            for (int i = 0; i < namesAndValues.length; i += 2) {
                values.add(namesAndValues[i], namesAndValues[i + 1]);
            }
            return protect(values);
        }
    }

    private JsonObject protect(ParameterValues values) throws ProtectorException {
        try (Secret fileKey = TestKeys.secret(FILE_KEY);
                Protection protection = protector.protect(fileKey, CONTEXT, values, Prompter.nobody())) {
            assertThat(protection.code()).isEmpty();
            return protection.fields();
        }
    }

    private String unprotect(JsonObject fields) throws Exception {
        try (Secret fileKey = protector.unprotect(fields, CONTEXT, Prompter.nobody())) {
            return fileKey.onHeap(HexFormat.of()::formatHex);
        }
    }

    private static ProtectorException failureOf(ThrowingCallable call) {
        return catchThrowableOfType(ProtectorException.class, call);
    }
}
