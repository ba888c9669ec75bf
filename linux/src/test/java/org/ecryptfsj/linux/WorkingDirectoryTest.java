package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import jnr.constants.platform.Errno;
import org.junit.jupiter.api.Test;

class WorkingDirectoryTest {
    @Test
    void theWorkingDirectorysOwnerAndFileSystemAreKnown() throws Exception {
        Path here = WorkingDirectory.path();

        WorkingDirectory.enter(here);

        assertThat(WorkingDirectory.path()).isEqualTo(here);
        assertThat(WorkingDirectory.owner()).isEqualTo(Files.getAttribute(here, "unix:uid"));
        assertThat(WorkingDirectory.fileSystem()).isPositive();
    }

    @Test
    void aMissingDirectoryIsNamedInTheError() {
        assertThatThrownBy(() -> WorkingDirectory.enter(Path.of("/nonexistent")))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
                .hasMessageContaining("/nonexistent");
    }

    @Test
    void aDirectoryOnWhichNothingIsMountedIsNotDetached() {
        assertThatThrownBy(WorkingDirectory::detach).isInstanceOf(LinuxException.class);
    }
}
