package org.ecryptfsj.tools.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootConfigurationTest {
    @TempDir
    private Path root;

    @Test
    void assignmentsAreReadAsAShellWould() {
        BootConfiguration read = BootConfiguration.parse(
                "f",
                List.of(
                        "# TSPI_UUID=comment",
                        "TSPI_UUID=00 # the key",
                        "  export SRC_PATH=\"/a b\" # quoted",
                        "MOUNT_POINT='/c'",
                        "MOUNT_OPTIONS=",
                        "OTHER=1",
                        "TSPI_UUID=11"));

        assertThat(read.values()).isEqualTo(Map.of("TSPI_UUID", "11", "SRC_PATH", "/a b", "MOUNT_POINT", "/c"));
    }

    @Test
    void aKeyMayStandAmongTheOptions() {
        assertThat(BootConfiguration.parse("f", List.of("MOUNT_OPTIONS=nosuid,key=tspi:tspi_uuid=0"))
                        .namesKeyAmongOptions())
                .isTrue();
        assertThat(BootConfiguration.parse("f", List.of("MOUNT_OPTIONS=monkey=1"))
                        .namesKeyAmongOptions())
                .isFalse();
    }

    @Test
    void aKeyFileIsASettingOrAnOption() {
        assertThat(BootConfiguration.parse("f", List.of("KEY_FILE=\"/k\"", "ASK=yes"))
                        .keyFile())
                .hasValue("/k");
        assertThat(BootConfiguration.parse("f", List.of("MOUNT_OPTIONS=nosuid,key=keyfile:keyfile=/k,noask"))
                        .keyFile())
                .hasValue("/k");
        assertThat(BootConfiguration.parse("f", List.of("MOUNT_OPTIONS=key=tspi:tspi_uuid=0"))
                        .keyFile())
                .isEmpty();
    }

    @Test
    void theMainFileAndThoseOfFurtherDirectoriesAreFoundAndTemplatesAreNot() throws Exception {
        FakeMachine tree = new FakeMachine(root)
                .file("/etc/default/ecryptfs-tpm-mount", "#TSPI_UUID=\nTSPI_UUID=\nMOUNT_OPTIONS=ecryptfs_cipher=aes\n")
                .file("/etc/sysconfig/ecryptfs-tpm-mount", "TSPI_UUID=1\n")
                .file("/etc/ecryptfsj/mounts/two.conf", "TSPI_UUID=2\n")
                .file("/etc/ecryptfsj/mounts/two.conf.bak", "TSPI_UUID=3\n");

        assertThat(BootConfiguration.all(tree.machine()))
                .extracting(BootConfiguration::file)
                .containsExactly("/etc/sysconfig/ecryptfs-tpm-mount", "/etc/ecryptfsj/mounts/two.conf");
    }
}
