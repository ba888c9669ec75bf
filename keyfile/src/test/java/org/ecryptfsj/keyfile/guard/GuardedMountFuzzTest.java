package org.ecryptfsj.keyfile.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.ecryptfsj.protector.MalformedFieldException;

/** Any bytes are a record, which is written as it was read, or are refused with the parser's own exception. */
class GuardedMountFuzzTest {
    @FuzzTest
    void records(byte[] bytes) throws MalformedFieldException {
        GuardedMount mount;
        try {
            mount = GuardedMountFormat.parse(bytes);
        } catch (MalformedFieldException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return;
        }
        assertThat(GuardedMountFormat.parse(GuardedMountFormat.bytes(mount))).isEqualTo(mount);
    }
}
