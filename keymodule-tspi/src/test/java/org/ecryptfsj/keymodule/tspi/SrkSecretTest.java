package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ecryptfsj.keymodule.tspi.TestKeys.failureOf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which SRK secrets are tried, and where they come from. */
class SrkSecretTest {
    @TempDir
    private Path directory;

    @Test
    void withoutASettingTheWellKnownSecretIsTriedThenTheEmptyOne() throws Exception {
        assertThat(SrkSecret.candidates(Optional.empty()))
                .extracting(SrkSecret::toString)
                .containsExactly("the well-known one", "the empty one");
    }

    @Test
    void aSettingSelectsOneSecret() throws Exception {
        assertThat(SrkSecret.candidates(Optional.of("well-known")))
                .extracting(SrkSecret::kind)
                .containsExactly(SrkSecret.Kind.WELL_KNOWN);
        assertThat(SrkSecret.candidates(Optional.of("empty")))
                .extracting(SrkSecret::kind)
                .containsExactly(SrkSecret.Kind.EMPTY);
        assertThat(SrkSecret.candidates(Optional.of("file:/etc/srk")))
                .extracting(SrkSecret::file)
                .containsExactly(Optional.of(Path.of("/etc/srk")));
    }

    @Test
    void anotherSettingIsRefusedWithTheAcceptedOnes() {
        for (String text : List.of("Empty", "file:relative", "secret")) {
            KeyModuleException failure = failureOf(() -> SrkSecret.candidates(Optional.of(text)));

            assertThat(failure.reason()).isEqualTo(Reason.BAD_PARAMETER);
            assertThat(failure).hasMessageContaining("well-known, empty, file:/path");
        }
    }

    @Test
    void theWellKnownSecretIsTwentyZeroBytesAndTheEmptyOneTheHashOfNothing() throws Exception {
        List<SrkSecret> both = SrkSecret.candidates(Optional.empty());

        assertThat(hex(both.get(0))).isEqualTo("00".repeat(20));
        assertThat(hex(both.get(1))).isEqualTo(HexFormat.of().formatHex(Digest.SHA1.of(new byte[0])));
        assertThat(both).allMatch(SrkSecret::isHashed);
    }

    @Test
    void theSecretIsTheFilesFirstLine() throws Exception {
        assertThat(hex(file("sesam\nanother\n", "rw-------"))).isEqualTo("736573616d");
        assertThat(hex(file("sesam", "r--------"))).isEqualTo("736573616d");
        assertThat(hex(file("\n", "rw-------"))).isEmpty();
        assertThat(file("x", "rw-------").isHashed()).isFalse();
    }

    @Test
    void aFileOthersMayReadOrWriteIsRefused() throws Exception {
        for (String permissions : List.of("rw-r-----", "rw----r--", "rw--w----")) {
            SrkSecret secret = file("sesam\n", permissions);

            KeyModuleException failure = failureOf(secret::read);

            assertThat(failure.reason()).isEqualTo(Reason.BAD_PARAMETER);
            assertThat(failure)
                    .hasMessageContaining("is not used: others")
                    .hasMessageContaining(" (mode ")
                    .hasMessageNotContaining("sesam");
        }
    }

    @Test
    void aFileOfAnotherUserIsRefused() throws Exception {
        SrkSecret secret = file("sesam\n", "rw-------");
        Files.setAttribute(secret.file().orElseThrow(), "unix:uid", 65534);

        assertThat(failureOf(secret::read)).hasMessageContaining("belongs to user 65534");
    }

    @Test
    void aDirectoryAndAMissingFileAreRefusedAndALinkOfOnesOwnIsFollowed() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("srk"));
        file("sesam\n", "rw-------");

        assertThat(failureOf(() -> at(directory).read())).hasMessageContaining("not a regular file");
        assertThat(hex(at(link))).isEqualTo("736573616d");
        assertThat(failureOf(() -> at(directory.resolve("none")).read())).hasMessageContaining("cannot be read");
    }

    @Test
    void aLineWithoutAnEndIsRefused() throws Exception {
        SrkSecret secret = file("x".repeat(2000), "rw-------");

        assertThat(failureOf(secret::read)).hasMessageContaining("longer than 1023 bytes");
    }

    private SrkSecret file(String content, String permissions) throws IOException, KeyModuleException {
        Path file = directory.resolve("srk");
        Files.deleteIfExists(file);
        Files.writeString(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return at(file);
    }

    private static SrkSecret at(Path file) throws KeyModuleException {
        return SrkSecret.candidates(Optional.of("file:" + file)).get(0);
    }

    private static String hex(SrkSecret secret) throws KeyModuleException {
        try (Secret bytes = secret.read()) {
            return bytes.onHeap(HexFormat.of()::formatHex);
        }
    }
}
