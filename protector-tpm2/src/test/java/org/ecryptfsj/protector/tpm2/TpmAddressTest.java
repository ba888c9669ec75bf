package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as tpm2-tools write them. */
class TpmAddressTest {
    @Test
    void theSettingOfTheToolsComesBeforeThatOfTheLibrary() throws TpmException {
        assertThat(TpmAddress.of(Map.of())).isEqualTo(new TpmAddress.Device(Path.of("/dev/tpmrm0")));
        assertThat(TpmAddress.of(Map.of("TPM2TOOLS_TCTI", "", "TSS2_TCTI", "device:/dev/tpm1")))
                .isEqualTo(new TpmAddress.Device(Path.of("/dev/tpm1")));
        assertThat(TpmAddress.of(Map.of("TPM2TOOLS_TCTI", "swtpm", "TSS2_TCTI", "device")))
                .isEqualTo(new TpmAddress.Tcp("localhost", 2321));
    }

    @Property
    void portsAndPathsAreRead(
            @ForAll @AlphaChars @StringLength(min = 1, max = 20) String name,
            @ForAll @IntRange(min = 1, max = 65535) int port) {
        assertThat(TpmAddress.parse("swtpm:host=" + name + ",port=" + port)).contains(new TpmAddress.Tcp(name, port));
        assertThat(TpmAddress.parse("swtpm:port=" + port)).contains(new TpmAddress.Tcp("localhost", port));
        assertThat(TpmAddress.parse("swtpm:path=/run/" + name))
                .contains(new TpmAddress.UnixSocket(Path.of("/run", name)));
        assertThat(TpmAddress.parse("device:/dev/" + name)).contains(new TpmAddress.Device(Path.of("/dev", name)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tabrmd",
                "mssim:host=x",
                "swtpm:port=0",
                "swtpm:port=65536",
                "swtpm:port=1,port=2",
                "swtpm:path=",
                "swtpm:path=/x,port=1",
                "swtpm:host=",
                "swtpm:socket=/x",
                "swtpm:x",
                "device:/dev/\0"
            })
    void othersAreNone(String setting) {
        assertThat(TpmAddress.parse(setting)).isEmpty();
    }
}
