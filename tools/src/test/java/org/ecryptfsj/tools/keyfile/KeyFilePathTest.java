package org.ecryptfsj.tools.keyfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFilePathTest {
    private static final Account ROOT = new Account(0, 0, "root", Path.of("/root"));

    @TempDir
    private Path home;

    private Account user() {
        return new Account(1000, 1000, "ann", home);
    }

    @Test
    void aNameIsAFileInTheUsualDirectory() throws ToolFailure {
        assertThat(KeyFilePath.of("secret", ROOT)).isEqualTo(Path.of("/etc/ecryptfsj/keys/secret.key"));
        assertThat(KeyFilePath.of("my_files-2", user())).isEqualTo(home.resolve(".ecryptfs/my_files-2.key"));
    }

    @Test
    void everythingElseIsAPath() throws ToolFailure {
        assertThat(KeyFilePath.of("secret.key", ROOT)).isEqualTo(Path.of("secret.key"));
        assertThat(KeyFilePath.of("./secret", ROOT)).isEqualTo(Path.of("./secret"));
        assertThatThrownBy(() -> KeyFilePath.of("/", ROOT)).isInstanceOf(ToolFailure.class);
    }

    @Test
    void theUsualDirectoryIsMadeForItsOwnerOnly() throws IOException {
        KeyFilePath.makeDirectory(home.resolve("other/secret.key"), user());
        assertThat(home).isEmptyDirectory();

        KeyFilePath.makeDirectory(home.resolve(".ecryptfs/secret.key"), user());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(".ecryptfs"))))
                .isEqualTo("rwx------");
    }
}
