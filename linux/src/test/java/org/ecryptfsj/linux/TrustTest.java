package org.ecryptfsj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustTest {
    private static final int NOBODY = 65534;

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void make() throws IOException {
        Path inner = mode(Files.createDirectory(directory.resolve("inner")), "rwxr-xr-x");
        file = mode(Files.createFile(inner.resolve("file")), "rw-r--r--");
    }

    private static Path mode(Path path, String mode) throws IOException {
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    @Test
    void whatOnlyItsOwnerMayWriteIsTrusted() throws Exception {
        Trust.require(file);
        assertThat(Trust.requireAll(file)).isEqualTo(file.toRealPath());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw-r--", "rw-r--rw-"})
    void whatOthersMayWriteIsNot(String mode) throws Exception {
        mode(file, mode);

        assertThatThrownBy(() -> Trust.require(file)).hasMessageContaining("others may write to " + file);
        assertThatThrownBy(() -> Trust.requireAll(file)).hasMessageContaining("others may write to");
    }

    @Test
    void norWhatOthersMayExchange() throws Exception {
        mode(file.getParent(), "rwxrwxrwx");

        Trust.require(file);
        assertThatThrownBy(() -> Trust.requireAll(file))
                .hasMessageContaining("chmod go-w " + file.getParent().toRealPath());
    }

    @Test
    void aStickyDirectoryIsTrustedAboveTheFileButIsNoPlaceForFiles() throws Exception {
        Files.setAttribute(file.getParent(), "unix:mode", 01777);

        Trust.requireAll(file);
        assertThatThrownBy(() -> Trust.requireAll(file.getParent())).hasMessageContaining("others may write to");
    }

    @Test
    void aLinkIsNoWayAround() throws Exception {
        mode(file.getParent(), "rwxrwxrwx");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);

        assertThatThrownBy(() -> Trust.requireAll(link)).hasMessageContaining("others may write to");
    }

    @Test
    void whatAnotherUserOwnsIsNot() throws Exception {
        assumeTrue(Account.effectiveUid() == 0, "only root can give a file away");
        Files.setAttribute(file, "unix:uid", NOBODY);

        assertThatThrownBy(() -> Trust.require(file)).hasMessage(file + " belongs to user " + NOBODY);

        Files.setAttribute(file, "unix:uid", 0);
        Files.setAttribute(file.getParent(), "unix:uid", NOBODY);

        assertThatThrownBy(() -> Trust.requireAll(file)).hasMessageContaining("belongs to user " + NOBODY);
    }
}
