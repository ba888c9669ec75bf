package org.ecryptfsj.tools.passphrase;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import jnr.constants.platform.Errno;

/** Any bytes as a wrapped-passphrase file are one of version 1 or 2, or are refused with an error number. */
class WrappedPassphraseFuzzTest {
    @FuzzTest
    void files(byte[] bytes) {
        try {
            WrappedPassphrase wrapped = WrappedPassphrase.parse(bytes, "wrapped-passphrase");
            assertThat(wrapped.signature()).hasSize(WrappedPassphrase.SIGNATURE_BYTES);
            assertThat(wrapped.encrypted().bytes()).hasSizeLessThanOrEqualTo(EncryptedPassphrase.MAX_BYTES);
            if (wrapped instanceof WrappedPassphraseV2 v2) {
                assertThat(v2.bytes())
                        .isEqualTo(Arrays.copyOf(bytes, Math.min(bytes.length, WrappedPassphraseV2.MAX_BYTES)));
            }
        } catch (PassphraseFailure e) {
            assertThat(e.errno()).isIn(Errno.EINVAL, Errno.EOPNOTSUPP);
        }
    }
}
