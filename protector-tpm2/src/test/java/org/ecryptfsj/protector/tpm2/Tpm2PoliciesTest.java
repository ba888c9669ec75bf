package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Protector.Lifetime;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.ProtectorState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** File keys that open with signed values of PCRs, or only in some of the next boots. */
@Timeout(120)
class Tpm2PoliciesTest extends OnSoftwareTpm2 {
    @Test
    void aKernelOpensIfItsMeasurementIsSigned() throws Exception {
        makeSigningKey("vendor");
        sign("vendor", "kernel 1");
        boots("kernel 1");
        JsonObject fields = protectWithPin("tpm2_pcr", "7", "tpm2_public_key", publicKey("vendor"));

        assertThat(unprotect(fields, answers(PIN))).isEqualTo(FILE_KEY);
        assertThat(protector.state(fields, CONTEXT).binding())
                .matches("TPM 2.0, PCR 7 \\(sha256\\), PCR 11 as signed by key [0-9a-f]{8}, a PIN");

        tpm.reboot();
        boots("kernel 2");
        ProtectorException failure = failureOf(() -> unprotect(fields, answers(PIN)));
        assertThat(failure.reason()).isEqualTo(Reason.STATE_CHANGED);
        assertThat(failure.registers()).containsExactly(11);
        assertThat(failure)
                .hasMessageMatching("no signature of key [0-9a-f]{64} allows the present value of PCR 11 \\(sha256\\)");
        assertThat(obstacle(fields).reason()).isEqualTo(Reason.STATE_CHANGED);

        sign("vendor", "kernel 2");
        assertThat(unprotect(fields, answers(PIN))).isEqualTo(FILE_KEY);
    }

    @Test
    void theSignatureOfAnotherKeyAllowsNothing() throws Exception {
        makeSigningKey("vendor");
        makeSigningKey("thief");
        boots("kernel 1");
        JsonObject fields = protect("tpm2_public_key", publicKey("vendor"), "tpm2_public_key_pcr", "11");
        sign("thief", "kernel 1");

        assertThat(failureOf(() -> unprotect(fields)).reason()).isEqualTo(Reason.STATE_CHANGED);
    }

    @Test
    void theTpmItselfRefusesAForgedSignature() throws Exception {
        makeSigningKey("vendor");
        makeSigningKey("thief");
        boots("kernel 1");
        JsonObject fields = protect("tpm2_public_key", publicKey("vendor"));
        sign("thief", "kernel 1");
        SealingPolicy policy = Tpm2ProtectorFields.of(fields).policy();
        byte[] forged = PcrSignature.parse(Files.readAllBytes(signatures()), PcrBank.SHA256)
                .get(0)
                .signature();

        try (Tpm direct = Tpm.connect(TpmAddress.of(tpm.environment()), Duration.ofSeconds(20));
                Secret none = Secret.allocate(0);
                LoadedStorageKey parent = new StorageKeys(direct).forSealing();
                TpmSession session = direct.startSession(Tpm.SessionType.POLICY, parent, none)) {
            SignedPcrs signed = policy.signed().orElseThrow();
            SortedMap<Integer, String> now = direct.readPcrs(signed.selection());
            PcrApproval approval = new PcrApproval(signed.key(), signed.policy(now), forged);
            TpmException refused = catchThrowableOfType(
                    TpmException.class, () -> direct.fulfil(policy, Optional.of(approval), session));
            assertThat(refused).hasMessage("TPM2_VerifySignature failed: TPM_RC_SIGNATURE (0x2db)");
        }
    }

    @Test
    void withoutSignaturesTheMessageSaysWhereTheyBelong() throws Exception {
        makeSigningKey("vendor");
        JsonObject fields = protect("tpm2_public_key", publicKey("vendor"));

        ProtectorException none = failureOf(() -> unprotect(fields));
        assertThat(none.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(none).hasMessage("there is no file with signatures of PCR values");
        assertThat(none.advice()).contains(signatures().toString());

        Files.writeString(signatures(), "{\"sha256\": 7}");
        assertThat(failureOf(() -> unprotect(fields)))
                .hasMessageEndingWith("; " + signatures() + " cannot be used: member \"sha256\" is not a list");
    }

    @Test
    void aTpmThatWasClearedIsBoundAgainWithTheSameKeyOfTheSigner() throws Exception {
        makeSigningKey("vendor");
        sign("vendor", "kernel 1");
        boots("kernel 1");
        JsonObject fields = protect("tpm2_public_key", publicKey("vendor"));
        Files.delete(tpm.file("vendor.pub"));
        tpm.tool("tpm2_clear", "-c", "l");
        assertThat(failureOf(() -> unprotect(fields)).reason()).isEqualTo(Reason.KEY_MISSING);

        try (ParameterValues values = protector.rebindingValues(fields).orElseThrow()) {
            assertThat(unprotect(protect(values, answers()))).isEqualTo(FILE_KEY);
        }
    }

    @Test
    void aKeyThatCannotSignIsRefused() throws Exception {
        Path file = tpm.file("wrong.pub");
        Files.writeString(file, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
        assertThat(failureOf(() -> protect("tpm2_public_key", file.toString())))
                .hasMessage("the public key " + file + " cannot be used: it is no public RSA key");
        tpm.run("openssl", "genrsa", "-out", "short", "1024");
        tpm.run("openssl", "rsa", "-in", "short", "-pubout", "-out", "short.pub");
        assertThat(failureOf(() -> protect("tpm2_public_key", publicKey("short"))))
                .hasMessageEndingWith("the public key has 1024 bits, not 2048 to 4096");
        tpm.run("openssl", "genrsa", "-out", "long", "4096");
        tpm.run("openssl", "rsa", "-in", "long", "-pubout", "-out", "long.pub");
        ProtectorException refused = failureOf(() -> protect("tpm2_public_key", publicKey("long")));
        assertThat(refused.reason()).isEqualTo(Reason.BAD_PARAMETER);
        assertThat(refused).hasMessageStartingWith("the TPM does not take the public key: TPM2_LoadExternal failed:");
        assertThat(failureOf(() -> protect("tpm2_public_key_pcr", "11")).reason())
                .isEqualTo(Reason.BAD_PARAMETER);
        Path writable = tpm.file("vendor.pub");
        makeSigningKey("vendor");
        assertThat(writable.toFile().setWritable(true, false)).isTrue();
        assertThat(failureOf(() -> protect("tpm2_public_key", publicKey("vendor")))
                        .reason())
                .isEqualTo(Reason.BAD_PARAMETER);
    }

    @Test
    void forOneBootItOpensInTheNextBootOnly() throws Exception {
        JsonObject fields = protect("tpm2_boots", "1");

        assertThat(protector.lifetime(fields)).isEqualTo(Lifetime.TEMPORARY);
        assertThat(protector.rebindingValues(fields)).isEmpty();
        assertThat(protector.hasBegun(fields)).isFalse();
        assertThat(failureOf(() -> unprotect(fields))).hasMessage("it opens only after the next boot");
        assertThat(obstacle(fields).reason()).isEqualTo(Reason.NOT_READY);
        tpm.reboot();
        tpm.extend("sha256", 0, "other firmware");
        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
        assertThat(protector.hasBegun(fields)).isTrue();
        assertThat(protector.state(fields, CONTEXT))
                .isEqualTo(ProtectorState.usable("TPM 2.0, no PCRs, only in the boot after this one"));
        tpm.reboot();
        assertThat(failureOf(() -> unprotect(fields))).hasMessage("it was for one boot, which is over");
    }

    @Test
    void theTpmItselfCountsTheBoots() throws Exception {
        JsonObject fields = protect("tpm2_boots", "2", "tpm2_rebind", "yes");
        assertThat(protector.lifetime(fields)).isEqualTo(Lifetime.TEMPORARY_THEN_REBIND);

        assertThat(conditionFails(fields)).isTrue();
        tpm.reboot();
        assertThat(conditionFails(fields)).isFalse();
        tpm.reboot();
        assertThat(conditionFails(fields)).isFalse();
        assertThat(unprotect(fields)).isEqualTo(FILE_KEY);
        tpm.reboot();
        assertThat(conditionFails(fields)).isTrue();
    }

    @Test
    void aPinIsNeededInTheNextBootTooIfWished() throws Exception {
        JsonObject fields = protectWithPin("tpm2_boots", "8");
        tpm.reboot();

        assertThat(unprotect(fields, answers(PIN))).isEqualTo(FILE_KEY);
        assertThat(failureOf(() -> unprotect(fields, answers("guessed"))).reason())
                .isEqualTo(Reason.WRONG_SECRET);
    }

    @Test
    void onAnotherTpmItsTimeIsOver() throws Exception {
        tpm.reboot();
        JsonObject fields = protect("tpm2_boots", "64");
        tpm.exchangeChip();

        assertThat(protector.hasBegun(fields)).isTrue();
        for (String wrong : new String[] {"65", "-1", "x"}) {
            assertThat(failureOf(() -> protect("tpm2_boots", wrong)).reason()).isEqualTo(Reason.BAD_PARAMETER);
        }
    }

    private boolean conditionFails(JsonObject fields) throws Exception {
        try (Tpm direct = Tpm.connect(TpmAddress.of(tpm.environment()), Duration.ofSeconds(20));
                Secret none = Secret.allocate(0);
                LoadedStorageKey parent = new StorageKeys(direct).forSealing();
                TpmSession session = direct.startSession(Tpm.SessionType.POLICY, parent, none)) {
            direct.fulfil(Tpm2ProtectorFields.of(fields).policy(), Optional.empty(), session);
            return false;
        } catch (TpmException e) {
            assertThat(e).hasMessage("TPM2_PolicyCounterTimer failed: TPM_RC_POLICY (0x126)");
            return true;
        }
    }

    private void makeSigningKey(String owner) {
        tpm.run("openssl", "genrsa", "-out", owner, "2048");
        tpm.run("openssl", "rsa", "-in", owner, "-pubout", "-out", owner + ".pub");
    }

    private String publicKey(String owner) {
        return tpm.file(owner + ".pub").toString();
    }

    private Path signatures() {
        return tpm.signatures().resolve(PcrSignatureFiles.NAME);
    }

    /** As the maker of a unified kernel image does. */
    private void sign(String owner, String kernel) throws IOException {
        Files.writeString(tpm.file("linux"), kernel);
        String json = tpm.tool(
                "/lib/systemd/systemd-measure",
                "sign",
                "--tpm2-device=swtpm:path=" + tpm.socket(),
                "--linux=" + tpm.file("linux"),
                "--bank=sha256",
                "--phase=enter-initrd",
                "--private-key=" + tpm.file(owner),
                "--public-key=" + publicKey(owner));
        Files.writeString(signatures(), json);
    }

    /** What systemd's stub measures of an image with nothing but a kernel, and what its initrd measures. */
    private void boots(String kernel) {
        tpm.extend("sha256", 11, ".linux\0");
        tpm.extend("sha256", 11, kernel);
        tpm.extend("sha256", 11, "enter-initrd");
    }
}
