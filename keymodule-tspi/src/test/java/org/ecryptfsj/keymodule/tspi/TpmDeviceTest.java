package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;
import static org.ecryptfsj.keymodule.tspi.TestKeys.generate;

import java.time.Duration;
import org.ecryptfsj.keymodule.KeyDevice;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.junit.jupiter.api.Test;

/** The TPM as programs see it that examine a machine. */
class TpmDeviceTest {
    private static final Duration RESET_LIMIT = Duration.ofSeconds(20);

    @Test
    void itReportsItsOwnerAndPcrs() throws Exception {
        try (SoftwareTpm tpm = SoftwareTpm.start();
                TspiKeyModule module = TestKeys.module(tpm)) {
            KeyDevice device = module.device().orElseThrow();

            KeyDevice.State fresh = device.state(RESET_LIMIT);
            tpm.createEndorsementKey();
            tpm.takeOwnership();
            tpm.extend(2);
            KeyDevice.State owned = device.state(RESET_LIMIT);

            assertThat(fresh.owned()).isFalse();
            assertThat(owned.owned()).isTrue();
            assertThat(owned.registers()).hasSize(24).startsWith("0".repeat(40), "0".repeat(40));
            assertThat(owned.registers().get(2)).matches("[0-9a-f]{40}").isNotEqualTo("0".repeat(40));
        }
    }

    @Test
    void aKeyIsUsableUntilItsPcrsChange() throws Exception {
        try (SoftwareTpm tpm = SoftwareTpm.startOwned();
                TspiKeyModule module = TestKeys.module(tpm)) {
            KeyDevice device = module.device().orElseThrow();
            String key = generate(module, 2).value();

            assertThatCode(() -> device.requireUsable(key, RESET_LIMIT)).doesNotThrowAnyException();
            tpm.extend(2);

            KeyModuleException failure = failureOf(() -> device.requireUsable(key, RESET_LIMIT));
            assertThat(failure.reason()).isEqualTo(Reason.WRONG_PCR_STATE);
            assertThat(failure).hasMessageContaining("it is bound to PCR 2, whose composite digest was");
        }
    }

    @Test
    void aKeyThatIsRemovedIsFoundNoMore() throws Exception {
        try (SoftwareTpm tpm = SoftwareTpm.startOwned();
                TspiKeyModule module = TestKeys.module(tpm)) {
            KeyDevice device = module.device().orElseThrow();
            String key = generate(module, 0).value();
            String other = generate(module, 0).value();
            device.requireUsable(key, RESET_LIMIT);

            device.remove(key, RESET_LIMIT);

            assertThat(failureOf(() -> device.requireUsable(key, RESET_LIMIT)).reason())
                    .isEqualTo(Reason.KEY_NOT_FOUND);
            assertThat(failureOf(() -> device.remove(key, RESET_LIMIT)).reason())
                    .isEqualTo(Reason.KEY_NOT_FOUND);
            assertThatCode(() -> device.requireUsable(other, RESET_LIMIT)).doesNotThrowAnyException();
        }
    }

    @Test
    void noRequestWaitsForAFrozenTcsd() throws Exception {
        try (SoftwareTpm tpm = SoftwareTpm.startOwned();
                TspiKeyModule module = TestKeys.module(tpm)) {
            KeyDevice device = module.device().orElseThrow();
            tpm.freezeTcsd();

            KeyModuleException failure = failureOf(() -> device.state(Duration.ofMillis(200)));

            assertThat(failure.reason()).isEqualTo(Reason.TIMED_OUT);
            tpm.thawTcsd();
            assertThat(device.state(RESET_LIMIT).owned()).isTrue();
        }
    }
}
