package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.keymodule.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignatureCacheTest {
    private static final Signature ONE = new Signature("d395309aaad4de06");
    private static final Signature OTHER = new Signature("0011223344556677");

    @TempDir
    Path home;

    @Test
    void aUserWithoutACacheHasMountedWithNothing() throws Exception {
        assertThat(new SignatureCache(home).contains(ONE)).isFalse();
        assertThat(home.resolve(".ecryptfs")).doesNotExist();
    }

    @Test
    void anAppendedSignatureIsThereOnALineOfItsOwnForTheOwnerOnly() throws Exception {
        SignatureCache cache = new SignatureCache(home);
        cache.append(ONE);
        cache.append(OTHER);

        assertThat(cache.contains(ONE)).isTrue();
        assertThat(cache.contains(OTHER)).isTrue();
        assertThat(cache.file()).hasContent("d395309aaad4de06\n0011223344556677\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache.file())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(".ecryptfs"))))
                .isEqualTo("rwx------");
    }

    @Test
    void aLastLineWithoutAnEndIsEndedFirst() throws Exception {
        SignatureCache cache = new SignatureCache(home);
        cache.append(ONE);
        Files.writeString(cache.file(), ONE.hex());

        cache.append(OTHER);

        assertThat(cache.file()).hasContent("d395309aaad4de06\n0011223344556677\n");
    }

    @Test
    void whatWasAppendedIsTakenBackAndNothingElse() throws Exception {
        new SignatureCache(home).append(ONE);
        SignatureCache cache = new SignatureCache(home);
        cache.append(OTHER);

        cache.removeAppended();

        assertThat(cache.file()).hasContent("d395309aaad4de06\n");
    }

    @Test
    void aCacheMadeForASignatureThatIsTakenBackIsNotLeftBehind() throws Exception {
        SignatureCache cache = new SignatureCache(home);
        cache.append(ONE);

        cache.removeAppended();
        cache.removeAppended();

        assertThat(cache.file()).doesNotExist();
    }
}
