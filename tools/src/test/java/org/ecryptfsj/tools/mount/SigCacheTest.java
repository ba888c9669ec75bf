package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.keymodule.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigCacheTest {
    private static final Signature ONE = new Signature("d395309aaad4de06");
    private static final Signature OTHER = new Signature("0011223344556677");

    @TempDir
    Path home;

    @Test
    void aUserWithoutACacheHasMountedWithNothing() throws Exception {
        assertThat(new SigCache(home).contains(ONE)).isFalse();
        assertThat(home.resolve(".ecryptfs")).doesNotExist();
    }

    @Test
    void anAppendedSignatureIsThereOnALineOfItsOwnForTheOwnerOnly() throws Exception {
        SigCache cache = new SigCache(home);
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
        SigCache cache = new SigCache(home);
        cache.append(ONE);
        Files.writeString(cache.file(), ONE.hex());

        cache.append(OTHER);

        assertThat(cache.file()).hasContent("d395309aaad4de06\n0011223344556677\n");
    }

    @Test
    void whatWasAppendedIsTakenBackAndNothingElse() throws Exception {
        new SigCache(home).append(ONE);
        SigCache cache = new SigCache(home);
        cache.append(OTHER);

        cache.takeBack();

        assertThat(cache.file()).hasContent("d395309aaad4de06\n");
    }

    @Test
    void aCacheMadeForASignatureThatIsTakenBackIsNotLeftBehind() throws Exception {
        SigCache cache = new SigCache(home);
        cache.append(ONE);

        cache.takeBack();
        cache.takeBack();

        assertThat(cache.file()).doesNotExist();
    }
}
