package org.ecryptfsj.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import org.ecryptfsj.linux.Capabilities;
import org.junit.jupiter.api.Test;

class DaemonPrivilegesTest {
    private static final long TWO = 1L << Capabilities.IPC_LOCK | 1L << Capabilities.DAC_READ_SEARCH;
    private static final long SYS_ADMIN = 1L << 21;

    @Test
    void rootsDaemonMayHaveTwoCapabilitiesAndOtherDaemonsNone() {
        assertThat(new DaemonPrivileges(0, new Capabilities(TWO, true)).warning())
                .isEmpty();
        assertThat(new DaemonPrivileges(1000, new Capabilities(0, true)).warning())
                .isEmpty();
    }

    @Test
    void furtherCapabilitiesAreNamedWithAdvice() {
        assertThat(new DaemonPrivileges(0, new Capabilities(TWO | SYS_ADMIN, true)).warning())
                .hasValueSatisfying(text ->
                        assertThat(text).contains("sys_admin", "What to do").doesNotContain("ipc_lock"));
        assertThat(new DaemonPrivileges(1000, new Capabilities(TWO, true)).warning())
                .hasValueSatisfying(text -> assertThat(text).contains("ipc_lock"));
        assertThat(new DaemonPrivileges(0, new Capabilities(TWO, false)).warning())
                .hasValueSatisfying(text -> assertThat(text).contains("no_new_privs is not set"));
    }
}
