package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names are those that tpm2_rc_decode prints. */
class ResponseCodeTest {
    @ParameterizedTest
    @CsvSource({
        "0x98e, TPM_RC_AUTH_FAIL (0x98e)",
        "0x99d, TPM_RC_POLICY_FAIL (0x99d)",
        "0x1c4, TPM_RC_VALUE (0x1c4)",
        "0x1df, TPM_RC_INTEGRITY (0x1df)",
        "0x18b, TPM_RC_HANDLE (0x18b)",
        "0x921, TPM_RC_LOCKOUT (0x921)",
        "0x922, TPM_RC_RETRY (0x922)",
        "0x902, TPM_RC_OBJECT_MEMORY (0x902)",
        "0x101, TPM_RC_FAILURE (0x101)",
        "0xb0143, TPM_RC_COMMAND_CODE (0xb0143)",
        "0x7ff, 0x7ff"
    })
    void codesHaveNames(String number, String shown) {
        assertThat(new ResponseCode(Integer.decode(number))).hasToString(shown);
    }

    @ParameterizedTest
    @CsvSource({"0x922, true", "0x908, true", "0x90a, true", "0x921, false", "0x98e, false"})
    void someAskForTheSameCommandAgain(String number, boolean again) {
        assertThat(new ResponseCode(Integer.decode(number)).isTransient()).isEqualTo(again);
    }
}
