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

/** What results mean. */
class TspiExceptionTest {
    private static final TspiFailures FAILURES =
            new TspiFailures(new UserStorage(Optional.of(Path.of("/dev"))), Optional.empty());
    private static final Attempt ATTEMPT = Attempt.toUse(new KeyUuid("0d".repeat(16)));

    @Test
    void theMessageIsTheOneTheCToolsPrint() throws Exception {
        int result = 0x3011;
        TspiException failure =
                failed("Tspi_Context_Connect", result, Native.load().Trspi_Error_String(result));

        assertThat(failure).hasMessage("Tspi_Context_Connect failed: Communication failure");
        assertThat(failure.layer()).isEqualTo(Layer.TSP);
        assertThat(failure.name()).contains(TssResult.TSS_E_COMM_FAILURE);
    }

    /** spec tspi.md, "Result codes". */
    @Test
    void theSameCodeIsAnotherErrorInAnotherLayer() {
        assertThat(failed("x", 0x12).name()).contains(TssResult.TPM_E_NOSRK);
        assertThat(failed("x", 0x3012).name()).isEmpty();
        assertThat(failed("x", 0x2020).layer()).isEqualTo(Layer.TCS);
        assertThat(failed("x", 0x2020).name()).contains(TssResult.TSS_E_PS_KEY_NOTFOUND);
        assertThat(failed("x", 0x1087).layer()).isEqualTo(Layer.TDDL);
        assertThat(failed("x", 0x803).name()).contains(TssResult.TPM_E_DEFEND_LOCK_RUNNING);
    }

    @Test
    void lostConnectionsAndEvictedKeysAreTheContextsFault() {
        for (int result : new int[] {0x3011, 0x3102, 0x3104, 0x3126, 0x310e, 0x2002, 0x2004, 0x20c5, 0x0c, 0x1087}) {
            assertThat(failed("x", result).blamesContext()).as("%x", result).isTrue();
        }
        for (int result : new int[] {0x01, 0x12, 0x13, 0x18, 0x21, 0x803, 0x2020, 0x3020, 0x3004}) {
            assertThat(failed("x", result).blamesContext()).as("%x", result).isFalse();
        }
    }

    @Test
    void everyNamedResultIsExplainedWithTheCallAndTheCode() {
        for (String call :
                List.of("Tspi_Data_Unseal", "Tspi_Data_Seal", "Tspi_Context_LoadKeyByUUID", "Tspi_Key_CreateKey")) {
            for (int layer = 0; layer < 4; layer++) {
                for (int code = 1; code < 0x900; code++) {
                    int result = layer << 12 | code;

                    KeyModuleException explained = FAILURES.explain(ATTEMPT, failed(call, result));

                    assertThat(explained.code()).isEqualTo(result);
                    assertThat(explained)
                            .hasMessageContaining(ATTEMPT.subject())
                            .hasMessageContaining(call + " failed: text");
                }
            }
        }
    }

    @Test
    void whoCanActIsToldByTheReason() {
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
        assertReason(Reason.FAILED, "", "Tspi_Data_Seal", 0x3004);
    }

    @Test
    void everyNameStandsForOneResult() {
        Set<TssResult> found = new java.util.HashSet<>();
        for (int result = 0; result < 0x1000; result++) {
            TssResult.of(result).ifPresent(found::add);
            TssResult.of(0x3000 | result).ifPresent(found::add);
        }
        assertThat(found).containsExactlyInAnyOrder(TssResult.values());
    }

    private static void assertReason(Reason reason, String advice, String call, int result) {
        KeyModuleException explained = FAILURES.explain(ATTEMPT, failed(call, result));

        assertThat(explained.reason()).isEqualTo(reason);
        assertThat(explained.advice()).contains(advice);
    }

    private static TspiException failed(String call, int result) {
        return failed(call, result, "text");
    }

    private static TspiException failed(String call, int result, String text) {
        return new TspiException(call, result, text);
    }
}
