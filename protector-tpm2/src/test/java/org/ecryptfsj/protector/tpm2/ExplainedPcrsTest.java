package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.tpm2.eventlog.EventLog;
import org.ecryptfsj.protector.tpm2.eventlog.GoldenLog;
import org.ecryptfsj.protector.tpm2.eventlog.MeasuredEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A machine that boots differently than when the file key was sealed, with the firmware's event log or without. */
@Timeout(120)
class ExplainedPcrsTest {
    private static final ProtectorContext CONTEXT =
            new ProtectorContext(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"), "/srv/secret");
    private static final String CHANGED = " another value than when the file key was sealed by the TPM 2.0";

    private final SoftwareTpm2 tpm = SoftwareTpm2.start();

    /** What the firmware of this boot wrote. */
    private Optional<EventLog> log = Optional.empty();

    private final Tpm2Protector protector =
            new Tpm2Protector(tpm.environment(), Path.of("/nowhere"), OnSoftwareTpm2.NO_SIGNATURES, address -> log);

    @AfterEach
    void stop() {
        protector.close();
        tpm.close();
    }

    @Test
    void aChangedVariableOfSecureBootIsNamed() throws Exception {
        boot(GoldenLog.SECURE_BOOT);
        JsonObject fields = protect("7,14");
        unprotect(fields);

        reboot(GoldenLog.OTHER_DBX);

        ProtectorException failure = failure(fields);
        assertThat(failure.reason()).isEqualTo(Reason.STATE_CHANGED);
        assertThat(failure.registers()).containsExactly(7);
        assertThat(failure).hasMessage("PCR 7 has" + CHANGED + "; PCR 7: Secure Boot variable dbx changed");
        assertThat(protector.state(fields, CONTEXT).obstacle().orElseThrow().message())
                .isEqualTo(failure.getMessage());
        log = Optional.empty();
        assertThat(failure(fields)).hasMessage("PCR 7 has" + CHANGED);
    }

    @Test
    void eachChangedPcrIsExplained() throws Exception {
        boot(GoldenLog.SECURE_BOOT);
        JsonObject fields = protect("4,8,9");

        reboot(GoldenLog.OTHER_GRUB);

        assertThat(failure(fields))
                .hasMessage("PCRs 4, 8, 9 have" + CHANGED
                        + "; PCR 4: EFI program \\EFI\\debian\\grubx64.efi changed"
                        + "; PCR 8: GRUB command menuentry changed"
                        + "; PCR 9: file (hd0,gpt1)/EFI/debian/grub.cfg changed");
    }

    @Test
    void aPcrThatSoftwareExtendedIsSaidToHaveNoEvents() throws Exception {
        boot(GoldenLog.SECURE_BOOT);
        tpm.extend("sha256", 7, "software");

        JsonObject fields = protect("4,7");

        assertThat(protector.state(fields, CONTEXT).binding())
                .isEqualTo("TPM 2.0, PCRs 4, 7 (sha256); no events of PCR 7 are kept, because the firmware's event log"
                        + " does not explain its value");
        reboot(GoldenLog.SECURE_BOOT);
        assertThat(failure(fields)).hasMessage("PCR 7 has" + CHANGED);
    }

    @Test
    void aPcrThatSoftwareExtendsLaterIsToldFromAnotherBoot() throws Exception {
        boot(GoldenLog.SECURE_BOOT);
        JsonObject fields = protect("4");
        assertThat(protector.state(fields, CONTEXT).binding()).isEqualTo("TPM 2.0, PCR 4 (sha256)");

        tpm.extend("sha256", 4, "software");

        assertThat(failure(fields))
                .hasMessage("PCR 4 has" + CHANGED
                        + "; PCR 4: the boot was the same as then; software changed the PCR after it");
    }

    @Test
    void withoutALogNothingIsKeptAndNothingNamed() throws Exception {
        boot(GoldenLog.SECURE_BOOT);
        log = Optional.empty();
        JsonObject fields = protect("7");
        assertThat(fields.has("events")).isFalse();
        unprotect(fields);

        reboot(GoldenLog.OTHER_DBX);

        assertThat(failure(fields)).hasMessage("PCR 7 has" + CHANGED);
    }

    @Test
    void withoutPcrsNoEventsAreKept() throws Exception {
        boot(GoldenLog.SECURE_BOOT);

        JsonObject fields = protect(null);

        assertThat(fields.has("events")).isFalse();
        unprotect(fields);
    }

    @Test
    void eventsAreAuthenticatedWithTheFileKey() throws Exception {
        boot(GoldenLog.SECURE_BOOT);
        JsonObject fields = protect("7");

        assertThat(failure(fields.without("events")).reason()).isEqualTo(Reason.DAMAGED);
        assertThat(failure(fields.with("events", JsonObject.empty())).reason()).isEqualTo(Reason.DAMAGED);
    }

    private void reboot(GoldenLog golden) {
        tpm.restart();
        boot(golden);
    }

    /** The firmware and the boot loader measure what they measured in the boot of a log. */
    private void boot(GoldenLog golden) {
        log = Optional.of(golden.parsed());
        for (int pcr : List.of(4, 7, 8, 9, 14)) {
            for (MeasuredEvent event :
                    log.get().events(pcr, PcrBank.SHA256.algorithm()).orElseThrow()) {
                tpm.run("tpm2_pcrextend", pcr + ":sha256=" + event.digest());
            }
        }
    }

    private JsonObject protect(String pcrs) throws Exception {
        try (Secret fileKey = Secret.copyOf(ByteBuffer.wrap(HexFormat.of().parseHex("42".repeat(32))));
                ParameterValues values = new ParameterValues();
                Protection protection = protector.protect(
                        fileKey, CONTEXT, pcrs == null ? values : values.add("tpm2_pcr", pcrs), Prompter.nobody())) {
            return protection.fields();
        }
    }

    private void unprotect(JsonObject fields) throws Exception {
        try (Secret fileKey = protector.unprotect(fields, CONTEXT, Prompter.nobody())) {
            assertThat(fileKey.size()).isEqualTo(32);
        }
    }

    private ProtectorException failure(JsonObject fields) {
        return catchThrowableOfType(
                ProtectorException.class, () -> protector.unprotect(fields, CONTEXT, Prompter.nobody()));
    }
}
