package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.tspi.TssResult.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What results mean. */
class TspiExceptionTest {
    private static final TspiErrorMessages FAILURES =
            new TspiErrorMessages(new UserKeyStorage(Optional.of(Path.of("/dev"))), Optional.empty());
    private static final FailureContext ATTEMPT = FailureContext.useOfKey(new KeyUuid("0d".repeat(16)));

    @Test
    void theMessageIsTheOneTheCToolsPrint() throws Exception {
        int result = 0x3011;
        TspiException failure = failed("Tspi_Context_Connect", result, LibTspi.words(LibTspi.load(), result));

        assertThat(failure).hasMessage("Tspi_Context_Connect failed: Communication failure");
        assertThat(failure.layer()).isEqualTo(Layer.TSP);
        assertThat(failure.name()).contains(TssResult.TSS_E_COMM_FAILURE);
    }

    /** docs/spec/tspi.md, section 5. */
    @Test
    void theSameCodeIsAnotherErrorInAnotherLayer() {
        assertThat(failed("x", 0x12).name()).contains(TssResult.TPM_E_NOSRK);
        assertThat(failed("x", 0x3012).name()).contains(TssResult.TSS_E_TIMEOUT);
        assertThat(failed("x", 0x2020).layer()).isEqualTo(Layer.TCS);
        assertThat(failed("x", 0x2020).name()).contains(TssResult.TSS_E_PS_KEY_NOTFOUND);
        assertThat(failed("x", 0x1087).layer()).isEqualTo(Layer.TDDL);
        assertThat(failed("x", 0x803).name()).contains(TssResult.TPM_E_DEFEND_LOCK_RUNNING);
    }

    @Test
    void lostConnectionsAndEvictedKeysMeanAStaleContext() {
        for (int result : new int[] {0x3011, 0x3102, 0x3104, 0x3126, 0x310e, 0x2002, 0x2004, 0x20c5, 0x0c, 0x1087}) {
            assertThat(failed("x", result).mayBeStaleContext()).as("%x", result).isTrue();
        }
        for (int result : new int[] {0x01, 0x12, 0x13, 0x18, 0x21, 0x803, 0x2020, 0x3020, 0x3004}) {
            assertThat(failed("x", result).mayBeStaleContext()).as("%x", result).isFalse();
        }
    }

    @Test
    void everyNamedResultIsExplainedWithTheCallAndTheCode() {
        for (String call :
                List.of("Tspi_Data_Unseal", "Tspi_Data_Seal", "Tspi_Context_LoadKeyByUUID", "Tspi_Key_CreateKey")) {
            for (int layer = 0; layer < 16; layer++) {
                for (int code = 1; code < 0x900; code++) {
                    int result = layer << 12 | code;

                    KeyModuleException explainCause = FAILURES.explain(ATTEMPT, failed(call, result));

                    assertThat(explainCause.code()).isEqualTo(result);
                    assertThat(explainCause.advice()).as("%s %x", call, result).isNotBlank();
                    assertThat(explainCause)
                            .hasMessageContaining(ATTEMPT.subject())
                            .hasMessageContaining(call + " failed: text");
                }
            }
        }
    }

    @Test
    void eachErrorHasTheReasonOfItsRemedy() {
        assertReason(Reason.NOT_READY, "tpm_takeownership -z", "Tspi_Context_LoadKeyByUUID", 0x12);
        assertReason(Reason.KEY_UNUSABLE, "Restore", "Tspi_Context_LoadKeyByUUID", 0x28);
        assertReason(Reason.NOT_READY, "tpm_createek", "Tspi_Key_CreateKey", 0x23);
        assertReason(Reason.NOT_READY, "Activate", "Tspi_Data_Seal", 0x06);
        assertReason(Reason.NOT_READY, "Enable", "Tspi_Data_Seal", 0x07);
        assertReason(Reason.SERVICE_UNAVAILABLE, "start tcsd", "Tspi_Context_Connect", 0x3011);
        assertReason(Reason.SERVICE_UNAVAILABLE, "restart tcsd", "Tspi_Data_Seal", 0x2004);
        assertReason(Reason.SERVICE_UNAVAILABLE, "restart tcsd", "Tspi_Data_Seal", 0x1087);
        assertReason(Reason.SERVICE_UNAVAILABLE, "Try again", "Tspi_Data_Seal", 0x802);
        assertReason(Reason.AUTHENTICATION, "ecryptfs-generate-tpm-key", "Tspi_Data_Seal", 0x01);
        assertReason(Reason.BAD_DATA, "Restore", "Tspi_Data_Unseal", 0x1d);
        assertReason(Reason.FAILED, "system log", "Tspi_Data_Seal", 0x3004);
        assertReason(Reason.NOT_READY, "off and on", "Tspi_Data_Seal", 0x1c);
        assertReason(Reason.NOT_READY, "firmware", "Tspi_Data_Seal", 0x08);
        assertReason(Reason.SERVICE_UNAVAILABLE, "Try again", "Tspi_Data_Seal", 0x801);
        assertReason(Reason.SERVICE_UNAVAILABLE, "Restart tcsd", "Tspi_Data_Seal", 0x4a);
        assertReason(Reason.WRONG_PCR_STATE, "Boot", "Tspi_Data_Seal", 0x3d);
        assertReason(Reason.FAILED, "data sheet", "Tspi_Data_Seal", 0x400);
        assertReason(Reason.FAILED, "memory", "Tspi_Data_Seal", 0x3005);
    }

    /** The faults, by libtspi's words for them. */
    @ParameterizedTest
    @CsvSource({
        "0x04, Audit failure",
        "0x09, Operation failed",
        "0x15, Insufficient TPM resources",
        "0x1b, SHA-1 error",
        "0x1c, 'Self-test failed, TPM shutdown'",
        "0x1f, I/O error",
        "0x20, Encryption error",
        "0x26, Invalid POST init sequence",
        "0x800, TPM busy: Retry command at a later time",
        "0x801, SelfTestFull has not been run",
        "0x08, The TPM target command has been disabled",
        "0x4a, Resource pointed to by context is not loaded",
        "0x1087, I/O error",
        "0x2004, Internal software error",
        "0x3005, Out of memory",
    })
    void aDeviceFaultIsNeverReportedAsADamagedKey(int result, String words) throws Exception {
        assertThat(LibTspi.words(LibTspi.load(), result)).isEqualTo(words);
        for (String call : List.of("Tspi_Data_Unseal", "Tspi_Data_Seal", "Tspi_Context_LoadKeyByUUID")) {
            KeyModuleException explainCause = FAILURES.explain(ATTEMPT, failed(call, result));

            assertThat(explainCause.getMessage()).as("%s %x", call, result).doesNotContain("damaged");
            assertThat(explainCause.reason()).isNotIn(Reason.KEY_UNUSABLE, Reason.BAD_DATA, Reason.KEY_NOT_FOUND);
        }
    }

    @Test
    void aManufacturersCodeIsNeverReportedAsADamagedKey() {
        for (int result = 0x400; result < 0x800; result++) {
            assertThat(FAILURES.explain(ATTEMPT, failed("Tspi_Context_LoadKeyByUUID", result))
                            .getMessage())
                    .doesNotContain("damaged");
        }
    }

    @Test
    void everyNameIsOneResult() {
        Set<TssResult> found = new java.util.HashSet<>();
        for (int result = 0; result < 0x1000; result++) {
            TssResult.of(result).ifPresent(found::add);
            TssResult.of(0x3000 | result).ifPresent(found::add);
        }
        assertThat(found).containsExactlyInAnyOrder(TssResult.values());
    }

    private static void assertReason(Reason reason, String advice, String call, int result) {
        KeyModuleException explainCause = FAILURES.explain(ATTEMPT, failed(call, result));

        assertThat(explainCause.reason()).isEqualTo(reason);
        assertThat(explainCause.advice()).contains(advice);
    }

    private static TspiException failed(String call, int result) {
        return failed(call, result, "text");
    }

    private static TspiException failed(String call, int result, String text) {
        return new TspiException(call, result, text);
    }
}
