package org.ecryptfsj.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.Descriptor;
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
    void aFileThatOnlyItsOwnerMayWriteIsTrusted() throws Exception {
        assertThat(Trust.requireTrustedPath(file)).isEqualTo(file.toRealPath());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw-r--", "rw-r--rw-"})
    void aFileThatOthersMayWriteIsNotTrusted(String mode) throws Exception {
        mode(file, mode);

        assertThatThrownBy(() -> Trust.open(file)).hasMessageContaining("others may write to " + file);
        assertThatThrownBy(() -> Trust.requireTrustedPath(file)).hasMessageContaining("others may write to");
    }

    @Test
    void aKeyFileThatOthersCouldReplaceIsRefused() throws Exception {
        mode(file.getParent(), "rwxrwxrwx");

        assertThatThrownBy(() -> Trust.requireTrustedPath(file))
                .hasMessageContaining("chmod go-w " + file.getParent().toRealPath());
    }

    @Test
    void aStickyDirectoryIsTrustedAboveTheFileOnly() throws Exception {
        Files.setAttribute(file.getParent(), "unix:mode", 01777);

        Trust.requireTrustedPath(file);
        assertThatThrownBy(() -> Trust.requireTrustedPath(file.getParent()))
                .hasMessageContaining("others may write to");
    }

    @Test
    void aSymbolicLinkDoesNotBypassTheCheck() throws Exception {
        mode(file.getParent(), "rwxrwxrwx");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);

        assertThatThrownBy(() -> Trust.requireTrustedPath(link)).hasMessageContaining("others may write to");
    }

    @Test
    void aFileOfAnotherUserIsNotTrusted() throws Exception {
        assumeTrue(Account.effectiveUid() == 0, "only root can give a file away");
        Files.setAttribute(file, "unix:uid", NOBODY);

        assertThatThrownBy(() -> Trust.openSecret(file)).hasMessageContaining(file + " belongs to user " + NOBODY);

        Files.setAttribute(file, "unix:uid", 0);
        Files.setAttribute(file.getParent(), "unix:uid", NOBODY);

        assertThatThrownBy(() -> Trust.requireTrustedPath(file)).hasMessageContaining("belongs to user " + NOBODY);
    }

    @Test
    void aSecretIsReadByItsOwnerAlone() throws Exception {
        Files.writeString(file, "secret");
        for (String forbidden : List.of("rw-r--r--", "rw-r-----", "rw----r--", "rw--w----", "rwx--x---", "rwx-----x")) {
            mode(file, forbidden);
            assertThatThrownBy(() -> Trust.openSecret(file))
                    .as(forbidden)
                    .isInstanceOf(UntrustedFileException.class)
                    .hasMessageContaining("chmod 600 " + file);
        }
        for (String allowed : List.of("rw-------", "r--------", "rwx------")) {
            mode(file, allowed);
            try (Descriptor opened = Trust.openSecret(file)) {
                assertThat(opened.read(ByteBuffer.allocateDirect(10)))
                        .as(allowed)
                        .isEqualTo(6);
            }
        }
    }

    @Test
    void anAccessControlListDoesNotBypassTheCheck() throws Exception {
        mode(file, "rw-------");
        assumeTrue(
                new ProcessBuilder("setfacl", "-m", "u:" + NOBODY + ":r", file.toString())
                                .redirectErrorStream(true)
                                .start()
                                .waitFor()
                        == 0,
                "the file system has access control lists");

        assertThatThrownBy(() -> Trust.openSecret(file)).hasMessageContaining("(mode 640)");
    }

    @Test
    void aPipeIsRefusedWithoutWaiting() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString())
                        .start()
                        .waitFor())
                .isZero();

        for (Path other : List.of(pipe, directory, Path.of("/dev/null"))) {
            assertThatThrownBy(() -> Trust.openSecret(other)).hasMessageContaining("is not a regular file");
            assertThatThrownBy(() -> Trust.open(other)).hasMessageContaining("is not a regular file");
        }
        assertThatThrownBy(() -> Trust.open(directory.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void everyLinkOfThePathIsChecked() throws Exception {
        Path open = Files.createDirectory(directory.resolve("open"));
        Path hidden = Files.createSymbolicLink(open.resolve("hidden"), file.getParent());
        Path first = Files.createSymbolicLink(directory.resolve("first"), Path.of("open/hidden/../inner"));
        assertThat(Trust.requireTrustedPath(first.resolve("file"))).isEqualTo(file.toRealPath());

        mode(open, "rwxrwxrwx");

        assertThat(hidden.toRealPath()).isEqualTo(file.getParent().toRealPath());
        assertThatThrownBy(() -> Trust.requireTrustedPath(first.resolve("file")))
                .hasMessageContaining("others may write to " + open.toRealPath());
    }

    @Test
    void aLinkOfAnotherUserIsNotFollowed() throws Exception {
        assumeTrue(Account.effectiveUid() == 0, "only root can give a link away");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        Files.setAttribute(link, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);

        assertThatThrownBy(() -> Trust.requireTrustedPath(link))
                .hasMessageContaining(link + " belongs to user " + NOBODY);
    }

    @Test
    void aLoopOfLinksIsRefused() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("link"));

        assertThatThrownBy(() -> Trust.requireTrustedPath(link)).hasMessageContaining("too many symbolic links");
    }
}
