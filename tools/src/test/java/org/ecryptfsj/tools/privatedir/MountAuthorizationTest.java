package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.mount.MountTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountAuthorizationTest {
    private final PrivateDirectory directory = new PrivateDirectory(
            DirectoryAlias.DEFAULT,
            Path.of("/mnt/a b/.Private"),
            Path.of("/mnt/a b/Private"),
            new DirectorySignatures(new Signature("d395309aaad4de06"), java.util.Optional.empty()).mount());

    @ParameterizedTest
    @CsvSource({
        "ca451a4e, bcachefs",
        "fe534d42, SMB 2 or 3",
        "01021997, 9p",
        "4d44, vfat",
        "2011bab0, exfat",
        "7366746e, ntfs3",
    })
    void aFileSystemOfUsersThatIsNotOnTheListIsNamedWithALineThatAllowsIt(String magic, String name) {
        long kind = Long.parseLong(magic, 16);

        ToolFailure refused = MountAuthorization.Root.unapproved(directory, kind);

        assertThat(MountableFileSystems.mayHoldMountPoint(kind)).isFalse();
        assertThat(refused).hasMessageContaining(name).hasMessageContaining("/mnt/a b/Private");
        assertThat(refused.advice()).contains("/etc/fstab").contains(directory.fstabLine());
    }

    @Test
    void theLineIsTheOneThatAllowsIt() {
        ToolFailure refused = MountAuthorization.Root.unapproved(directory, 0xCA451A4EL);
        String line = refused.advice().lines().findFirst().orElseThrow();
        line = line.substring(line.indexOf(": ") + 2, line.indexOf("; or"));

        assertThat(MountAuthorization.ofFstab(directory, MountTable.parse(java.util.List.of(line))))
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource({"9fa0", "62656572", "27e0eb", "12345678"})
    void ofAnyOtherOnlyAnotherPlaceIsNamed(String magic) {
        ToolFailure refused = MountAuthorization.Root.unapproved(directory, Long.parseLong(magic, 16));

        assertThat(refused.advice()).contains("Private.mnt").doesNotContain("fstab");
    }
}
