package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an unprivileged user may mount: mount(8) takes everything from fstab. */
class SystemMountTest {
    private static final MountPaths PLACES = new MountPaths(Path.of("/lower"), Path.of("/secret"));
    private static final List<String> DECIDED = List.of(
            "ecryptfs_sig=d395309aaad4de06", "ecryptfs_cipher=aes", "ecryptfs_key_bytes=16", "ecryptfs_unlink_sigs");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/lower /secret ecryptfs"
                        + " user,noauto,ecryptfs_sig=d395309aaad4de06,ecryptfs_cipher=aes,ecryptfs_key_bytes=16",
                "/lower /secret ecryptfs"
                        + " ecryptfs_unlink_sigs,ecryptfs_key_bytes=16,ecryptfs_cipher=aes,ecryptfs_sig=d395309aaad4de06"
            })
    void aLineThatSaysTheSameAllowsTheMount(String line) {
        MountTable fstab = MountTable.parse(List.of(line));

        assertThatCode(() -> SystemMount.requireFstabLine(fstab, PLACES, DECIDED))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/other /secret ecryptfs user,ecryptfs_sig=d395309aaad4de06,ecryptfs_cipher=aes,ecryptfs_key_bytes=16",
                "/lower /other ecryptfs user,ecryptfs_sig=d395309aaad4de06,ecryptfs_cipher=aes,ecryptfs_key_bytes=16",
                "/lower /secret ecryptfs user,ecryptfs_sig=0011223344556677,ecryptfs_cipher=aes,ecryptfs_key_bytes=16",
                "/lower /secret ecryptfs"
                        + " user,ecryptfs_sig=d395309aaad4de06,ecryptfs_cipher=twofish,ecryptfs_key_bytes=16",
                "/lower /secret ext4 user,ecryptfs_sig=d395309aaad4de06,ecryptfs_cipher=aes,ecryptfs_key_bytes=16"
            })
    void anythingElseIsRefusedWithTheLineThatIsNeeded(String line) {
        MountTable fstab = MountTable.parse(List.of(line));

        assertThatThrownBy(() -> SystemMount.requireFstabLine(fstab, PLACES, DECIDED))
                .isInstanceOf(ToolFailure.class)
                .extracting(e -> ((ToolFailure) e).advice())
                .asString()
                .contains("/lower /secret ecryptfs user,noauto,ecryptfs_sig=d395309aaad4de06,ecryptfs_cipher=aes,"
                        + "ecryptfs_key_bytes=16,ecryptfs_unlink_sigs 0 0");
    }

    @Test
    void theLineThatIsAdvisedAllowsTheMount() {
        MountTable fstab =
                MountTable.parse(List.of("/lower /secret ecryptfs user,noauto," + String.join(",", DECIDED) + " 0 0"));

        assertThatCode(() -> SystemMount.requireFstabLine(fstab, PLACES, DECIDED))
                .doesNotThrowAnyException();
    }
}
