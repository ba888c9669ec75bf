package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountPathsTest {
    @TempDir
    Path directory;

    private Path lower;
    private Path target;

    @BeforeEach
    void twoDirectories() throws Exception {
        lower = Files.createDirectory(directory.resolve("lower"));
        target = Files.createDirectory(directory.resolve("target"));
    }

    @Test
    void symbolicLinksAreFollowed() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), lower);

        assertThat(check(link, target, false)).isEqualTo(new MountPaths(lower.toRealPath(), target.toRealPath()));
    }

    @Test
    void aDirectoryThatDoesNotExistIsNotFound() {
        assertThatThrownBy(() -> check(directory.resolve("none"), target, false))
                .hasMessageContaining("the lower directory")
                .hasMessageContaining("does not exist")
                .extracting(e -> ((ToolFailure) e).code())
                .isEqualTo(ToolFailure.ENOENT);
        assertThatThrownBy(() -> check(lower, directory.resolve("none"), false))
                .hasMessageContaining("the mount point");
    }

    @Test
    void aFileIsNoPlaceToMount() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> check(file, target, false)).hasMessageContaining("is not a directory");
    }

    @Test
    void aMountPointThatHoldsSomethingIsRefusedUnlessToldOtherwise() throws Exception {
        Files.createFile(target.resolve("file"));

        assertThatThrownBy(() -> check(lower, target, false)).hasMessageContaining("is not empty");
        assertThat(check(lower, target, true).target()).isEqualTo(target.toRealPath());
    }

    @Test
    void aDirectoryMayBeMountedOverItselfWhateverItHolds() throws Exception {
        Files.createFile(lower.resolve("file"));

        assertThat(check(lower, lower, false).target()).isEqualTo(lower.toRealPath());
    }

    @Test
    void whatIsMountedAlreadyIsNotMountedASecondTime() throws Exception {
        MountTable mounted = MountTable.parse(List.of("/other " + target.toRealPath() + " ecryptfs rw 0 0"));

        assertThatThrownBy(() -> MountPaths.check(lower.toString(), target.toString(), mounted, false))
                .hasMessageContaining("is already an eCryptfs mount of /other");
    }

    private static MountPaths check(Path lower, Path target, boolean allowNonEmpty) throws Exception {
        return MountPaths.check(lower.toString(), target.toString(), MountTable.parse(List.of()), allowNonEmpty);
    }
}
