package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MountTableTest {
    /** The form of the kernel's own line for an eCryptfs mount, Linux 6.1. */
    private static final String LINE = "/lower /secret ecryptfs rw,relatime,ecryptfs_fnek_sig=1111111111111111,"
            + "ecryptfs_sig=d395309aaad4de06,ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_unlink_sigs 0 0";

    @Test
    void anEcryptfsMountIsFoundByItsMountPointWithItsSignatures() {
        MountTable table = MountTable.parse(List.of("proc /proc proc rw 0 0", LINE));

        MountTable.Entry entry = table.ecryptfsAt("/secret").orElseThrow();
        assertThat(entry.source()).isEqualTo("/lower");
        assertThat(entry.values("ecryptfs_sig")).containsExactly("d395309aaad4de06");
        assertThat(entry.values("ecryptfs_fnek_sig")).containsExactly("1111111111111111");
        assertThat(entry.options()).contains("ecryptfs_unlink_sigs");
    }

    @Test
    void anotherFileSystemAtThatPlaceIsNotFound() {
        assertThat(MountTable.parse(List.of("tmpfs /secret tmpfs rw 0 0")).ecryptfsAt("/secret"))
                .isEmpty();
    }

    @Test
    void ofStackedMountsTheTopmostIsFound() {
        MountTable table = MountTable.parse(List.of(
                "/first /secret ecryptfs ecryptfs_sig=1111111111111111 0 0",
                "/second /secret ecryptfs ecryptfs_sig=2222222222222222 0 0"));

        assertThat(table.ecryptfsAt("/secret").orElseThrow().source()).isEqualTo("/second");
    }

    @Test
    void blanksTabsAndBackslashesInPathsAreReadBack() {
        MountTable table = MountTable.parse(List.of("/a\\040b /c\\011d\\134e ecryptfs rw 0 0"));

        assertThat(table.ecryptfsAt("/c\td\\e").orElseThrow().source()).isEqualTo("/a b");
    }

    @Test
    void commentsAndShortLinesOfFstabAreSkipped() {
        MountTable table = MountTable.parse(List.of("# /l /secret ecryptfs user 0 0", "", "/l /secret"));

        assertThat(table.ecryptfs()).isEmpty();
    }

    @Property
    void noLineIsTooStrange(@ForAll List<String> lines) {
        assertThatCode(() -> MountTable.parse(lines)).doesNotThrowAnyException();
    }
}
