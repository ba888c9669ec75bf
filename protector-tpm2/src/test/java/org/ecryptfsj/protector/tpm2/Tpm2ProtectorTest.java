package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The protector with a TPM 2.0 in each of its states. */
@Timeout(120)
class Tpm2ProtectorTest extends OnSoftwareTpm2 {
    @Test
    void itIsFoundByItsType() throws IOException {
        try (Protectors protectors = Protectors.load(Optional.empty())) {
            assertThat(protectors.byType("tpm2")).containsInstanceOf(Tpm2Protector.class);
        }
    }

    @Test
    void aFileKeyIsBoundToThePresentValuesOfPcrs() throws Exception {
        JsonObject fields = protect("tpm2_pcr", "0,7");

        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
        assertThat(protector.interaction(fields)).isEqualTo(Interaction.NONE);
        Map<Integer, String> now = protector.registers(Set.of(0, 7));
        assertThat(now.get(7)).matches("[0-9a-f]{64}");
        assertThat(protector.binding(fields)).contains(new RegisterBinding(now, Duration.ofSeconds(5)));
        assertThat(protector.state(fields, CONTEXT)).isEqualTo(ProtectorState.usable("TPM 2.0, PCRs 0, 7 (sha256)"));
        tpm.reboot();
        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
    }

    @Test
    void withoutPcrsNothingIsWatchedAndNothingIsBoundAgain() throws Exception {
        JsonObject fields = protect();
        tpm.extend("sha256", 7, "other");

        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
        assertThat(protector.binding(fields)).isEmpty();
        assertThat(protector.rebindingValues(fields)).isEmpty();
        assertThat(protector.state(fields, CONTEXT)).isEqualTo(ProtectorState.usable("TPM 2.0, no PCRs"));
    }

    @Test
    void anotherValueOfAPcrIsNamedUntilTheFileKeyIsBoundAgain() throws Exception {
        JsonObject fields = protect("tpm2_pcr", "0", "tpm2_pcr", "7", "tpm2_recheck", "60");
        tpm.extend("sha256", 7, "another boot loader");

        ProtectorException failure = failureOf(() -> unprotect(fields));
        assertThat(failure.reason()).isEqualTo(Reason.STATE_CHANGED);
        assertThat(failure.registers()).containsExactly(7);
        assertThat(failure).hasMessage("PCR 7 has another value than when the file key was sealed by the TPM 2.0");
        assertThat(obstacle(fields))
                .isEqualTo(new Obstacle(Reason.STATE_CHANGED, failure.getMessage(), failure.advice()));

        JsonObject bound;
        try (ParameterValues values = protector.rebindingValues(fields).orElseThrow()) {
            bound = protect(values, Prompter.nobody());
        }
        assertThat(unprotect(bound)).isEqualTo(FILE_KEY);
        assertThat(protector.binding(bound))
                .contains(new RegisterBinding(protector.registers(Set.of(0, 7)), Duration.ofSeconds(60)));
    }

    @Test
    void theTpmItselfRefusesAfterAPcrChanged() throws Exception {
        JsonObject fields = protect("tpm2_pcr", "7");
        SealedObject sealed = Tpm2ProtectorFields.of(fields).sealed(fields);
        SealingPolicy policy = Tpm2ProtectorFields.of(fields).policy();
        tpm.extend("sha256", 7, "another boot loader");

        try (Tpm direct = Tpm.connect(TpmAddress.of(tpm.environment()), Duration.ofSeconds(20));
                Secret none = Secret.allocate(0);
                LoadedStorageKey parent = new StorageKeys(direct).forSealing();
                TpmObject object = direct.load(parent, sealed);
                TpmSession session = direct.startSession(Tpm.SessionType.POLICY, parent, none)) {
            TpmException value =
                    catchThrowableOfType(TpmException.class, () -> direct.fulfil(policy, Optional.empty(), session));
            assertThat(value.is(ResponseCode.VALUE)).isTrue();
            TpmException refused = catchThrowableOfType(TpmException.class, () -> direct.unseal(object, session));
            assertThat(refused.is(ResponseCode.POLICY_FAIL)).isTrue();
            assertThat(refused).hasMessage("TPM2_Unseal failed: TPM_RC_POLICY_FAIL (0x99d)");
        }
    }

    @Test
    void pcrsOfAnotherBankAreUsed() throws Exception {
        tpm.extend("sha1", 4, "boot loader");

        JsonObject fields = protect("tpm2_pcr", "4", "tpm2_bank", "sha1");

        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
        Map<Integer, String> bound = protector.binding(fields).orElseThrow().registers();
        assertThat(bound.get(4)).hasSize(40);
        assertThat(protector.registers(bound)).isEqualTo(bound);
        tpm.extend("sha1", 4, "another boot loader");
        assertThat(failureOf(() -> unprotect(fields)).registers()).containsExactly(4);
    }

    @Test
    void pcrsThatSayNothingAreRefused() {
        ProtectorException unused = failureOf(() -> protect("tpm2_pcr", "7,9"));
        assertThat(unused.reason()).isEqualTo(Reason.BAD_PARAMETER);
        assertThat(unused)
                .hasMessage("PCR 9 of bank sha256 has the value of the start: nothing was measured, so other"
                        + " software has the same value");
        assertThat(failureOf(() -> protect("tpm2_pcr", "17"))).hasMessageStartingWith("PCR 17 of bank sha256");
    }

    @Test
    void aBankWithoutPcrsIsRefused() {
        tpm.run("tpm2_pcrallocate", "sha1:none+sha256:all+sha384:none+sha512:none");
        tpm.reboot();

        ProtectorException failure = failureOf(() -> protect("tpm2_pcr", "7", "tpm2_bank", "sha384"));

        assertThat(failure).hasMessage("the TPM has no PCR 7 in its bank sha384");
        assertThat(failure.reason()).isEqualTo(Reason.BAD_PARAMETER);
    }

    @Test
    void wrongParametersAreRefused() {
        for (String[] wrong : new String[][] {
            {"tpm2_pcr", "24"},
            {"tpm2_pcr", "x"},
            {"tpm2_pcr", ""},
            {"tpm2_bank", "md5"},
            {"tpm2_auth", "1234"},
            {"tpm2_recheck", "0"},
            {"tpm2_recheck", "3601"}
        }) {
            assertThat(failureOf(() -> protect(wrong)).reason()).isEqualTo(Reason.BAD_PARAMETER);
        }
        assertThat(failureOf(() -> protector.registers(Set.of(24))).reason()).isEqualTo(Reason.BAD_PARAMETER);
    }

    @Test
    void aPinIsNeededToo() throws Exception {
        JsonObject fields = protectWithPin("tpm2_pcr", "7");

        assertThat(protector.interaction(fields)).isEqualTo(Interaction.OWN_QUESTION);
        assertThat(unprotect(fields, answers(PIN))).isEqualTo(FILE_KEY);
        assertThat(questions)
                .containsExactly(
                        "New PIN of the TPM for /srv/secret", "PIN of the TPM for /srv/secret (3 attempts are left)");
        assertThat(protector.state(fields, CONTEXT)).isEqualTo(ProtectorState.usable("TPM 2.0, PCR 7 (sha256), a PIN"));
        try (ParameterValues values = protector.rebindingValues(fields).orElseThrow()) {
            assertThat(unprotect(protect(values, answers("other-pin")), answers("other-pin")))
                    .isEqualTo(FILE_KEY);
        }
    }

    @Test
    void aWrongPinIsToldFromAChangedPcrWhichAsksNobody() throws Exception {
        JsonObject fields = protectWithPin("tpm2_pcr", "7");

        ProtectorException wrong = failureOf(() -> unprotect(fields, answers("guessed")));
        assertThat(wrong.reason()).isEqualTo(Reason.WRONG_SECRET);
        assertThat(wrong).hasMessage("the PIN is wrong; 2 attempts are left before the TPM locks itself");

        tpm.extend("sha256", 7, "another boot loader");
        questions.clear();
        assertThat(failureOf(() -> unprotect(fields, answers(PIN))).reason()).isEqualTo(Reason.STATE_CHANGED);
        assertThat(questions).isEmpty();
    }

    @Test
    void afterWrongPinsTheTpmLocksItselfAndSaysForHowLong() throws Exception {
        JsonObject fields = protectWithPin();
        JsonObject withoutPin = protect("tpm2_pcr", "7");
        for (int attempt = 0; attempt < 3; attempt++) {
            failureOf(() -> unprotect(fields, answers("guessed")));
        }
        questions.clear();

        ProtectorException failure = failureOf(() -> unprotect(fields, answers(PIN)));

        assertThat(failure.reason()).isEqualTo(Reason.NOT_READY);
        assertThat(failure).hasMessage("the TPM refuses all PINs after 3 wrong ones");
        assertThat(failure.advice()).startsWith("Wait: the TPM allows another attempt after 1000 s at most.");
        assertThat(questions).isEmpty();
        assertThat(obstacle(fields).reason()).isEqualTo(Reason.NOT_READY);
        assertThat(unprotect(withoutPin)).isEqualTo(FILE_KEY);
        tpm.tool("tpm2_dictionarylockout", "-c");
        assertThat(unprotect(fields, answers(PIN))).isEqualTo(FILE_KEY);
    }

    @Test
    void aPinThatCanBeNoneIsNoAttempt() throws Exception {
        assertThat(failureOf(() -> protect(values("tpm2_auth", "pin"), answers("12345"))))
                .hasMessageStartingWith("the new PIN has 5 bytes");
        assertThat(failureOf(() -> protect(values("tpm2_auth", "pin"), answers("x".repeat(33))))
                        .reason())
                .isEqualTo(Reason.BAD_PARAMETER);
        JsonObject fields = protectWithPin();

        assertThat(failureOf(() -> unprotect(fields, answers("y".repeat(33)))).reason())
                .isEqualTo(Reason.WRONG_SECRET);

        questions.clear();
        unprotect(fields, answers(PIN));
        assertThat(questions).containsExactly("PIN of the TPM for /srv/secret (3 attempts are left)");
    }

    @Test
    void eachPersistentStorageKeyIsUsed() throws Exception {
        for (String algorithm : List.of("rsa2048", "ecc256", "ecc384")) {
            makePersistent(algorithm);

            JsonObject fields = protectWithPin("tpm2_pcr", "7");

            assertThat(unprotect(fields, answers(PIN))).isEqualTo(FILE_KEY);
            assertThat(fields.text("parent", 68)).isNotEqualTo(fields.text("primary", 68));
            tpm.tool("tpm2_evictcontrol", "-c", "0x81000001");
        }
    }

    @Test
    void aFileKeyUnderTheStandardKeyOpensAfterAnotherOneWasMadePersistent() throws Exception {
        JsonObject fields = protect("tpm2_pcr", "7");
        makePersistent("rsa2048");

        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
    }

    @Test
    void aReplacedStorageKeyIsNamed() throws Exception {
        makePersistent("rsa2048");
        JsonObject fields = protect();
        tpm.tool("tpm2_evictcontrol", "-c", "0x81000001");

        ProtectorException failure = failureOf(() -> unprotect(fields));

        assertThat(failure.reason()).isEqualTo(Reason.KEY_MISSING);
        assertThat(failure)
                .hasMessage(
                        "the TPM's storage key at 0x81000001 was replaced or removed since the file key was sealed");
        makePersistent("ecc256");
        assertThat(failureOf(() -> unprotect(fields))).hasMessage(failure.getMessage());
        assertThat(obstacle(fields).message()).isEqualTo(failure.getMessage());
    }

    @Test
    void aClearedTpmIsNamed() throws Exception {
        JsonObject fields = protect();
        tpm.tool("tpm2_clear", "-c", "p");

        ProtectorException failure = failureOf(() -> unprotect(fields));

        assertThat(failure.reason()).isEqualTo(Reason.KEY_MISSING);
        assertThat(failure).hasMessage("the TPM was cleared since the file key was sealed");
    }

    @Test
    void anotherTpmIsNamed() throws Exception {
        JsonObject fields = protect();
        tpm.exchangeChip();

        ProtectorException failure = failureOf(() -> unprotect(fields));

        assertThat(failure.reason()).isEqualTo(Reason.KEY_MISSING);
        assertThat(failure).hasMessage("the file key was sealed by another TPM than that of this machine");
        tpm.tool("tpm2_changeauth", "-c", "e", "secret");
        assertThat(failureOf(() -> unprotect(fields)))
                .hasMessage("the file key was sealed by another TPM, or by this one before it was cleared");
    }

    @Test
    void aPlantedStorageKeyReceivesNothing() throws Exception {
        tpm.run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "planted.pem");
        tpm.tool("tpm2_createprimary", "-C", "o", "-c", "primary.ctx");
        tpm.tool(
                "tpm2_import",
                "-C",
                "primary.ctx",
                "-G",
                "ecc",
                "-i",
                "planted.pem",
                "-a",
                "restricted|decrypt|userwithauth",
                "-u",
                "planted.pub",
                "-r",
                "planted.priv");
        tpm.tool("tpm2_load", "-C", "primary.ctx", "-u", "planted.pub", "-r", "planted.priv", "-c", "planted.ctx");
        tpm.tool("tpm2_evictcontrol", "-C", "o", "-c", "planted.ctx", "0x81000001");

        ProtectorException failure = failureOf(this::protect);

        assertThat(failure.reason()).isEqualTo(Reason.NOT_READY);
        assertThat(failure)
                .hasMessage("the key at 0x81000001 of the TPM has not the attributes fixedTPM, fixedParent,"
                        + " sensitiveDataOrigin, so it may be known outside the TPM");
    }

    @Test
    void changedFieldsAreRefused() throws Exception {
        JsonObject fields = protect();

        byte[] changed = fields.bytes("private", 64, 512);
        changed[80] ^= 1;
        assertThat(failureOf(() -> unprotect(fields.with("private", changed))).reason())
                .isEqualTo(Reason.DAMAGED);
        for (JsonObject other : List.of(fields.with("recheck", 6), fields.with("new", true))) {
            assertThat(failureOf(() -> unprotect(other)))
                    .hasMessage("the sealed file key belongs to another key file or was changed");
        }
        ProtectorContext otherFile = new ProtectorContext(UUID.randomUUID(), "");
        assertThat(failureOf(() -> protector.unprotect(fields, otherFile, Prompter.nobody()))
                        .reason())
                .isEqualTo(Reason.DAMAGED);
    }

    @Test
    void withoutATpmItSaysWhere() throws Exception {
        JsonObject fields = protect();
        tpm.stop();

        assertThat(failureOf(() -> unprotect(fields)).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(obstacle(fields).reason()).isEqualTo(Reason.UNAVAILABLE);
        try (Tpm2Protector none = new Tpm2Protector(
                Map.of("TSS2_TCTI", "device:/dev/no-such-tpm"), Path.of("/nowhere"), NO_SIGNATURES, NO_EVENTS)) {
            assertThat(failureOf(() -> none.registers(Set.of(7))))
                    .hasMessage("there is no TPM 2.0 at /dev/no-such-tpm");
        }
        try (Tpm2Protector wrong =
                new Tpm2Protector(Map.of("TPM2TOOLS_TCTI", "tabrmd"), Path.of("/nowhere"), NO_SIGNATURES, NO_EVENTS)) {
            assertThat(failureOf(() -> wrong.registers(Set.of(7)))).hasMessageStartingWith("TPM2TOOLS_TCTI is no");
        }
    }

    @Test
    void anInterruptedCallerIsReleased() throws Exception {
        JsonObject fields = protect();
        Thread.currentThread().interrupt();

        ProtectorException failure = failureOf(() -> unprotect(fields));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure.reason()).isEqualTo(Reason.TIMED_OUT);
    }

    @Test
    void nothingStaysLoadedInTheTpm() throws Exception {
        JsonObject fields = protectWithPin("tpm2_pcr", "7");
        unprotect(fields, answers(PIN));
        failureOf(() -> unprotect(fields, answers("guessed")));
        tpm.extend("sha256", 7, "other");
        failureOf(() -> unprotect(fields, answers(PIN)));

        assertThat(tpm.run("tpm2_getcap", "handles-transient")).isBlank();
        assertThat(tpm.run("tpm2_getcap", "handles-loaded-session")).isBlank();
    }

    @Test
    void nothingSecretCrossesTheBus() throws Exception {
        Path socket = tpm.file("proxy");
        byte[] bytes;
        try (RecordingProxy proxy = RecordingProxy.start(socket, tpm.socket());
                Tpm2Protector watched = new Tpm2Protector(
                        Map.of("TPM2TOOLS_TCTI", "swtpm:path=" + socket),
                        Path.of("/nowhere"),
                        NO_SIGNATURES,
                        NO_EVENTS)) {
            JsonObject fields;
            try (Secret fileKey = fileKey();
                    ParameterValues values = values("tpm2_pcr", "7", "tpm2_auth", "pin");
                    Protection protection = watched.protect(fileKey, CONTEXT, values, answers(PIN))) {
                fields = protection.fields();
            }
            try (Secret unsealed = watched.unprotect(fields, CONTEXT, answers(PIN))) {
                assertThat(hex(unsealed)).isEqualTo(FILE_KEY);
            }
            bytes = proxy.recording();
        }
        String recording = HexFormat.of().formatHex(bytes);

        assertThat(bytes.length).isGreaterThan(2000);
        for (int at = 0; at + 8 <= FILE_KEY.length(); at += 2) {
            assertThat(recording).doesNotContain(FILE_KEY.substring(at, at + 8));
        }
        String pin = HexFormat.of().formatHex(PIN.getBytes(StandardCharsets.US_ASCII));
        assertThat(recording).doesNotContain(pin.substring(0, 12)).doesNotContain(pin.substring(12));
    }

    @Test
    void tpm2ToolsUnsealWhatIsSealedHere() throws Exception {
        JsonObject fields = protectWithPin("tpm2_pcr", "0,7");
        Files.write(tpm.file("sealed.pub"), fields.bytes("public", 80, 80));
        Files.write(tpm.file("sealed.priv"), fields.bytes("private", 64, 512));

        tpm.tool(
                "tpm2_createprimary",
                "-C",
                "o",
                "-g",
                "sha256",
                "-G",
                "ecc256:aes128cfb",
                "-a",
                "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda",
                "-c",
                "primary.ctx");
        tpm.tool("tpm2_load", "-C", "primary.ctx", "-u", "sealed.pub", "-r", "sealed.priv", "-c", "sealed.ctx");
        tpm.run("tpm2_startauthsession", "--policy-session", "-S", "session.ctx");
        tpm.run("tpm2_policypcr", "-S", "session.ctx", "-l", "sha256:0,7");
        tpm.run("tpm2_policyauthvalue", "-S", "session.ctx");
        String payload = tpm.run("tpm2_unseal", "-c", "sealed.ctx", "-p", "session:session.ctx+" + PIN);

        assertThat(HexFormat.of().formatHex(payload.getBytes(StandardCharsets.ISO_8859_1)))
                .hasSize(128)
                .startsWith(FILE_KEY);
    }

    @Test
    void theGuardReadsPcrsWhereTheKernelShowsThem() throws Exception {
        Path bank = Files.createDirectories(tpm.file("class").resolve("tpm0").resolve("pcr-sha256"));
        Files.writeString(bank.resolve("7"), "AB".repeat(32) + "\n");
        try (Tpm2Protector shown = new Tpm2Protector(Map.of(), tpm.file("class"), NO_SIGNATURES, NO_EVENTS)) {
            assertThat(shown.registers(Set.of(7))).isEqualTo(Map.of(7, "ab".repeat(32)));
            assertThat(shown.registers(Map.of(7, "00".repeat(32)))).isEqualTo(Map.of(7, "ab".repeat(32)));
        }
    }

    private void makePersistent(String algorithm) {
        tpm.tool("tpm2_createprimary", "-C", "o", "-g", "sha256", "-G", algorithm, "-c", "srk.ctx");
        tpm.tool("tpm2_evictcontrol", "-C", "o", "-c", "srk.ctx", "0x81000001");
    }
}
