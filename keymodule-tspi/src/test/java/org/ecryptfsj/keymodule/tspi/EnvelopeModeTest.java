package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.keymodule.tspi.TestKeys.PAYLOAD;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;
import static org.ecryptfsj.keymodule.tspi.TestKeys.unwrap;
import static org.ecryptfsj.keymodule.tspi.TestKeys.wrap;

import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Envelope mode with a real TPM 1.2 behind a real tcsd. */
class EnvelopeModeTest {
    /** The UUID, version 1, envelope, idle 900 s, recheck 1 s. */
    private static final String WATCHED = "0101" + "00000384" + "00000001";

    private SoftwareTpm tpm;
    private String key;
    private String envelope;
    private TspiKeyModule module;

    @BeforeEach
    void aMachine() throws Exception {
        tpm = SoftwareTpm.startOwned();
        module = TestKeys.module(tpm);
        key = TestKeys.generate(module, 0, 2).value();
        envelope = key + WATCHED;
    }

    @AfterEach
    void stop() {
        module.close();
        tpm.close();
    }

    @Test
    void theTokenStatesEnvelopeModeAfterTheUuidThatTheCModuleReads() throws Exception {
        try (ParameterValues values = new ParameterValues()
                        .add("tspi_uuid", key)
                        .add("tspi_mode", "envelope")
                        .add("kek_recheck", "1");
                TokenContents.ModuleKey tokenContents = (TokenContents.ModuleKey) module.tokenContents(values)) {
            byte[] blob = new byte[tokenContents.blob().size()];
            tokenContents.blob().buffer().get(blob);

            assertThat(HexFormat.of().formatHex(blob)).isEqualTo(envelope);
            assertThat(tokenContents.signature().hex()).isEqualTo(TestKeys.signature(module, key));
        }
    }

    @Test
    void wrongModesAndTimesAreRefused() {
        assertThat(refused("tspi_mode", "both")).hasMessageContaining("tspi_mode=both");
        assertThat(refused("kek_idle", "soon")).hasMessageContaining("kek_idle=soon");
        assertThat(refused("kek_recheck", "0")).hasMessageContaining("kek_recheck");
        assertThat(refused("kek_idle", "999999999")).hasMessageContaining("kek_idle");
    }

    private KeyModuleException refused(String name, String value) {
        KeyModuleException failure = failureOf(() -> {
            try (ParameterValues values =
                    new ParameterValues().add("tspi_uuid", key).add(name, value)) {
                module.tokenContents(values).close();
            }
        });
        assertThat(failure.reason()).isEqualTo(Reason.BAD_PARAMETER);
        return failure;
    }

    @Test
    void theEncryptedKeyOfTheLongestFekFitsTheHeader() throws Exception {
        byte[] encrypted = wrap(module, envelope, "5a".repeat(67));

        assertThat(encrypted).hasSize(385);
        assertThat(unwrap(module, envelope, encrypted)).isEqualTo("5a".repeat(67));
    }

    @Test
    void filesOfBothModesAreReadWithATokenOfEither() throws Exception {
        byte[] inEnvelope = wrap(module, envelope, PAYLOAD);
        byte[] direct = wrap(module, key, PAYLOAD);

        assertThat(direct).hasSize(268);
        for (String token : new String[] {key, envelope}) {
            assertThat(unwrap(module, token, inEnvelope)).isEqualTo(PAYLOAD);
            assertThat(unwrap(module, token, direct)).isEqualTo(PAYLOAD);
        }
    }

    @Test
    void withACachedKekTheTpmIsNotUsed() throws Exception {
        byte[] encrypted = wrap(module, envelope, PAYLOAD);
        tpm.freezeTcsd();
        try (KeyBlob blob = TestKeys.blob(envelope);
                Secret payload = TestKeys.secret(PAYLOAD)) {
            assertThat(module.wrapAtOnce(blob, payload)).isPresent();
            assertThat(module.unwrapAtOnce(blob, encrypted)).hasValueSatisfying(secret -> {
                assertThat(secret.sameBytesAs(payload)).isTrue();
                secret.close();
            });
        } finally {
            tpm.thawTcsd();
        }
    }

    @Test
    void aNewProcessAndARestartedTcsdReadWhatWasWritten() throws Exception {
        byte[] encrypted = wrap(module, envelope, PAYLOAD);
        module.close();
        tpm.stopTcsd();
        tpm.startTcsd();
        module = TestKeys.module(tpm);

        assertThat(unwrap(module, envelope, encrypted)).isEqualTo(PAYLOAD);
    }

    @Test
    void aChangedPcrWipesTheKekWithinTheRecheckTime() throws Exception {
        byte[] encrypted = wrap(module, envelope, PAYLOAD);
        tpm.extend(2);

        await(() -> module.status().get("keks_held").equals("0"));
        KeyModuleException failure = failureOf(() -> unwrap(module, envelope, encrypted));
        assertThat(failure.reason()).isEqualTo(Reason.WRONG_PCR_STATE);
        assertThat(failureOf(() -> wrap(module, envelope, PAYLOAD)).reason()).isEqualTo(Reason.WRONG_PCR_STATE);
    }

    @Test
    void aPcrTheKeyIsNotBoundToMayChange() throws Exception {
        byte[] encrypted = wrap(module, envelope, PAYLOAD);
        tpm.extend(3);
        String checksBefore = module.status().get("operations");

        await(() -> !module.status().get("operations").equals(checksBefore));
        assertThat(unwrap(module, envelope, encrypted)).isEqualTo(PAYLOAD);
    }

    @Test
    void lockWipesTheKek() throws Exception {
        byte[] encrypted = wrap(module, envelope, PAYLOAD);
        module.lock();

        assertThat(module.status()).containsEntry("keks_held", "0");
        assertThat(unwrap(module, envelope, encrypted)).isEqualTo(PAYLOAD);
    }

    @Test
    void anotherTpmsFilesAreRefused() throws Exception {
        byte[] encrypted = wrap(module, envelope, PAYLOAD);
        String other = TestKeys.generate(module, 0).value();

        assertThat(failureOf(() -> unwrap(module, other + WATCHED, encrypted)).reason())
                .isEqualTo(Reason.BAD_DATA);
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it takes too long").isLessThan(end);
            LockSupport.parkNanos(5_000_000);
        }
    }
}
