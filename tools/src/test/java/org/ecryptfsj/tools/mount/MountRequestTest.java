package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountRequestTest {
    @TempDir
    Path home;

    @Test
    void theCommandLineGoesBeforeTheFileOfDefaults() throws Exception {
        Path rc = Files.writeString(home.resolve(".ecryptfsrc"), "ecryptfs_cipher=twofish,ecryptfs_key_bytes=32");

        try (MountRequest request = MountRequest.read("ecryptfs_cipher=aes", rc)) {
            assertThat(request.text("ecryptfs_cipher")).contains("aes");
            assertThat(request.text("ecryptfs_key_bytes")).contains("32");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ecryptfs_passthrough, true",
        "ecryptfs_passthrough=y, true",
        "ecryptfs_passthrough=yes, true",
        "ecryptfs_passthrough=n, false",
        "ecryptfs_passthrough=no, false"
    })
    void aYesOrNoOptionWithoutAValueIsAYes(String options, boolean yes) throws Exception {
        try (MountRequest request = read(options)) {
            assertThat(request.yesNo("ecryptfs_passthrough", "passthrough")).contains(yes);
        }
    }

    @Test
    void ofAnOptionGivenTwiceTheLastCountsAsWithMountItself() throws Exception {
        try (MountRequest request =
                read("ecryptfs_cipher=aes,ecryptfs_passthrough=n,ecryptfs_cipher=twofish," + "ecryptfs_passthrough")) {
            assertThat(request.text("ecryptfs_cipher")).contains("twofish");
            assertThat(request.yesNo("ecryptfs_passthrough")).contains(true);
        }
    }

    @ParameterizedTest
    @CsvSource({"verbosity=0, false", "no_prompt, false", "wild_ass_guess, false", "verbosity=1, true", "rw, true"})
    void questionsMayBeForbidden(String options, boolean mayAsk) throws Exception {
        try (MountRequest request = read(options)) {
            assertThat(request.mayAsk()).isEqualTo(mayAsk);
        }
    }

    @Test
    void defaultsAreReadOneOnALine() throws Exception {
        Path rc = Files.writeString(home.resolve(".ecryptfsrc"), "key=passphrase\necryptfs_cipher=aes\nno_sig_cache\n");

        try (MountRequest request = MountRequest.read("", rc)) {
            assertThat(request.text("key")).contains("passphrase");
            assertThat(request.text("ecryptfs_cipher")).contains("aes");
            assertThat(request.has("no_sig_cache")).isTrue();
        }
    }

    @Test
    void aFileOfDefaultsThatCannotBeReadIsNotPassedOver() throws Exception {
        Path rc = Files.createDirectory(home.resolve(".ecryptfsrc"));

        assertThatThrownBy(() -> MountRequest.read("", rc))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining(rc.toString());
    }

    @Test
    void aMisspeltOptionIsRefusedWhereverItStands() throws Exception {
        Path rc = Files.writeString(home.resolve(".ecryptfsrc"), "ecryptfs_cypher=aes");

        try (MountRequest request = MountRequest.read("rw", rc)) {
            assertThatThrownBy(() -> request.checkNames(Set.of())).hasMessageContaining("ecryptfs_cypher");
        }
    }

    @Test
    void neitherYesNorNoIsRefused() throws Exception {
        try (MountRequest request = read("ecryptfs_passthrough=perhaps")) {
            assertThatThrownBy(() -> request.yesNo("ecryptfs_passthrough"))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining("perhaps");
        }
    }

    @Test
    void theKernelGetsWhatIsNeitherTheHelpersNorAModules() throws Exception {
        try (MountRequest request = read("rw,key=passphrase:passphrase_passwd_file=/f,ecryptfs_cipher=aes,no_sig_cache,"
                + "nosuid,user,passphrase_salt=0011223344556677,ecryptfs_check_dev_ruid,context=a")) {
            assertThat(request.kernelOptions(Set.of("passphrase_salt")))
                    .containsExactly("rw", "nosuid", "ecryptfs_check_dev_ruid", "context=a");
        }
    }

    private MountRequest read(String options) throws ToolFailure {
        return MountRequest.read(options, home.resolve("none"));
    }
}
