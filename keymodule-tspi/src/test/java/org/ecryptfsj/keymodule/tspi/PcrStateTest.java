package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.keymodule.tspi.TestKeys.PAYLOAD;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;
import static org.ecryptfsj.keymodule.tspi.TestKeys.generate;
import static org.ecryptfsj.keymodule.tspi.TestKeys.unwrap;
import static org.ecryptfsj.keymodule.tspi.TestKeys.wrap;

import java.util.List;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.junit.jupiter.api.Test;

/** A machine that does not boot as it did when the key was made. */
class PcrStateTest {
    /** SHA-1 of the composite of PCRs 0 and 2, both zero, as swtpm put it into a key. */
    private static final String COMPOSITE_OF_ZEROS = "b3d15f319ed63277aafc1c7ec9c35edebf63ba12";

    @Test
    void aKeyIsRefusedAfterAPcrChangeWithTheReason() throws Exception {
        try (SoftwareTpm tpm = SoftwareTpm.startOwned();
                TspiKeyModule module = TestKeys.module(tpm)) {
            String bound = generate(module, 2, 0).value();
            String unbound = generate(module).value();
            byte[] boundKey = wrap(module, bound, PAYLOAD);
            byte[] unboundKey = wrap(module, unbound, PAYLOAD);

            tpm.extend(2);

            KeyModuleException atOpen = failureOf(() -> unwrap(module, bound, boundKey));
            KeyModuleException atCreate = failureOf(() -> wrap(module, bound, PAYLOAD));
            for (KeyModuleException failure : List.of(atOpen, atCreate)) {
                assertThat(failure.reason()).isEqualTo(Reason.WRONG_PCR_STATE);
                assertThat(failure.code()).isEqualTo(0x18);
                assertThat(failure)
                        .hasMessageContaining(bound)
                        .hasMessageContaining("bound to PCRs 0, 2")
                        .hasMessageContaining("composite digest was " + COMPOSITE_OF_ZEROS)
                        .hasMessageMatching(".* is (?!" + COMPOSITE_OF_ZEROS + ")[0-9a-f]{40} now .*");
                assertThat(failure.advice())
                        .contains("Boot the trusted configuration")
                        .contains("recovery key");
            }
            assertThat(atOpen).hasMessageContaining("Tspi_Data_Unseal failed: Wrong PCR value");
            assertThat(atCreate).hasMessageContaining("Tspi_Data_Seal failed: Wrong PCR value");
            assertThat(unwrap(module, unbound, unboundKey)).isEqualTo(PAYLOAD);
        }
    }

    @Test
    void aPcrTheKeyIsNotBoundToMayChange() throws Exception {
        try (SoftwareTpm tpm = SoftwareTpm.startOwned();
                TspiKeyModule module = TestKeys.module(tpm)) {
            String key = generate(module, 0, 2).value();
            byte[] encrypted = wrap(module, key, PAYLOAD);

            tpm.extend(3);

            assertThat(unwrap(module, key, encrypted)).isEqualTo(PAYLOAD);
        }
    }
}
