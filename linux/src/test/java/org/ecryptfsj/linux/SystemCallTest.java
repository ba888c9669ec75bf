package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The numbers are those of libseccomp 2.5.4 ({@code scmp_sys_resolver -a ARCHITECTURE keyctl}). */
class SystemCallTest {
    @ParameterizedTest
    @CsvSource({
        "amd64, 248, 250",
        "x86_64, 248, 250",
        "aarch64, 217, 219",
        "riscv64, 217, 219",
        "i386, 286, 288",
        "arm, 309, 311",
        "ppc64le, 269, 271",
        "s390x, 278, 280",
    })
    void theNumberIsThatOfTheArchitecture(String architecture, long addKey, long keyctl) throws Exception {
        assertThat(SystemCall.ADD_KEY.number(architecture)).isEqualTo(addKey);
        assertThat(SystemCall.KEYCTL.number(architecture)).isEqualTo(keyctl);
    }

    @Test
    void anArchitectureThatIsNotKnownIsNamedInTheError() {
        assertThatThrownBy(() -> SystemCall.KEYCTL.number("pdp11"))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("keyctl")
                .hasMessageContaining("pdp11")
                .hasMessageContaining("ENOSYS");
    }
}
