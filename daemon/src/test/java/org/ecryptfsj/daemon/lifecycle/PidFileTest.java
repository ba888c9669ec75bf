package org.ecryptfsj.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
    private static final long PID = 4711;

    @TempDir
    Path run;

    @Test
    void thePidFileHoldsTheProcessIdWithoutANewline() throws IOException {
        Path file = run.resolve("ecryptfsd.pid");
        try (PidFile written = PidFile.write(file, PID)) {
            assertThat(written).isNotNull();
            assertThat(Files.readString(file)).isEqualTo("4711");
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void aPidFileOfAnotherProcessIsNotRemoved() throws IOException {
        Path file = run.resolve("ecryptfsd.pid");
        try (PidFile written = PidFile.write(file, PID)) {
            assertThat(written).isNotNull();
            Files.writeString(file, "1");
        }
        assertThat(file).hasContent("1");
    }

    @Test
    void aLinkIsReplacedAndNotFollowed() throws IOException {
        Path other = Files.writeString(run.resolve("other"), "untouched");
        Path file = Files.createSymbolicLink(run.resolve("ecryptfsd.pid"), other);
        Files.createSymbolicLink(run.resolve("ecryptfsd.pid.4711"), other);
        try (PidFile written = PidFile.write(file, PID)) {
            assertThat(written).isNotNull();
            assertThat(file).isRegularFile().hasContent("4711");
            assertThat(Files.isSymbolicLink(file)).isFalse();
        }
        assertThat(other).hasContent("untouched");
    }

    @Test
    void aMissingDirectoryIsAnErrorAndLeavesNothing() {
        assertThatThrownBy(() -> PidFile.write(run.resolve("none/ecryptfsd.pid"), PID))
                .isInstanceOf(IOException.class);
        assertThat(run).isEmptyDirectory();
    }
}
