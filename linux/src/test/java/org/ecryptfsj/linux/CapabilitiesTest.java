package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
    private static final String STATUS =
            """
            Name:	java
            CapInh:	0000000000000000
            CapPrm:	0000000000004004
            CapEff:	0000000000004004
            CapBnd:	000001ffffffffff
            CapAmb:	0000000000000000
            NoNewPrivs:	1
            """;

    @Test
    void theCapabilitiesAreNamed() throws IOException {
        Capabilities two = Capabilities.parse(STATUS);

        assertThat(two.names()).containsExactly("dac_read_search", "ipc_lock");
        assertThat(two.noNewPrivileges()).isTrue();
        assertThat(two.has(Capabilities.IPC_LOCK)).isTrue();
        assertThat(two.namesExcept(Capabilities.IPC_LOCK, Capabilities.DAC_READ_SEARCH))
                .isEmpty();
        assertThat(two.namesExcept(Capabilities.IPC_LOCK)).containsExactly("dac_read_search");
    }

    @Test
    void allSetsOfCapabilitiesAreCounted() throws IOException {
        assertThat(Capabilities.parse(STATUS.replace("CapAmb:	0000000000000000", "CapAmb:	0000000000200000"))
                        .names())
                .contains("sys_admin");
        assertThat(Capabilities.parse(STATUS.replace("CapInh:	0000000000000000", "CapInh:	8000000000000000"))
                        .names())
                .contains("capability 63");
    }

    @Test
    void aKernelWithoutAmbientSetAndNewPrivilegesIsRead() throws IOException {
        Capabilities old = Capabilities.parse(
                STATUS.replace("CapAmb:	0000000000000000\n", "").replace("NoNewPrivs:	1\n", ""));

        assertThat(old.names()).hasSize(2);
        assertThat(old.noNewPrivileges()).isFalse();
        assertThatThrownBy(() -> Capabilities.parse("Name:	java\n")).hasMessageContaining("no line CapInh");
    }

    @Test
    void thisProcessHasSome() throws IOException {
        assertThat(Capabilities.ofThisProcess().namesExcept())
                .isEqualTo(Capabilities.ofThisProcess().names());
    }
}
