package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MountFlagsTest {
    private static final long RDONLY = 1;
    private static final long NOSUID = 2;
    private static final long NODEV = 4;

    @Test
    void optionsOfEveryFileSystemBecomeBitsAndTheOthersStayText() {
        MountFlags flags =
                MountFlags.of(List.of("ecryptfs_sig=d395309aaad4de06", "ro", "nosuid", "ecryptfs_cipher=aes"));

        assertThat(flags)
                .isEqualTo(new MountFlags(RDONLY | NOSUID, "ecryptfs_sig=d395309aaad4de06,ecryptfs_cipher=aes"));
    }

    @Test
    void ofTwoThatContradictEachOtherTheLaterOneCounts() {
        assertThat(MountFlags.of(List.of("ro", "nodev", "rw")).flags()).isEqualTo(NODEV);
    }

    @Test
    void whatOnlyMountAndInitSystemsKnowIsLeftOut() {
        assertThat(MountFlags.of(List.of("defaults", "nofail", "_netdev", "x-systemd.automount", "comment=x")))
                .isEqualTo(new MountFlags(0, ""));
    }
}
