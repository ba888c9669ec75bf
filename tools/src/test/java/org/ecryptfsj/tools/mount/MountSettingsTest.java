package org.ecryptfsj.tools.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.Questions;
import org.ecryptfsj.tools.command.ScriptedTerminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MountSettingsTest {
    private static final Signature KEY = new Signature("d395309aaad4de06");
    private static final String ALL =
            "ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_passthrough=n,ecryptfs_enable_filename_crypto=n";

    /** Linux 6.1 with messaging: docs/spec/channel.md, section 1. */
    private static final EcryptfsVersion LINUX_6_1 = new EcryptfsVersion(375);

    @TempDir
    Path directory;

    @Test
    void whatIsGivenIsNotAsked() throws Exception {
        assertThat(answered(ALL, ""))
                .containsExactly("ecryptfs_cipher=aes", "ecryptfs_key_bytes=16", "ecryptfs_unlink_sigs");
    }

    @Test
    void enterTakesEverySuggestion() throws Exception {
        assertThat(answered("", "\n\n\n\n"))
                .containsExactly("ecryptfs_cipher=aes", "ecryptfs_key_bytes=16", "ecryptfs_unlink_sigs");
    }

    @Test
    void theFileNameKeyIsAskedForLastAndTheMountsOwnIsSuggested() throws Exception {
        assertThat(answered("", "aes\n16\ny\ny\n\n"))
                .containsExactly(
                        "ecryptfs_cipher=aes",
                        "ecryptfs_key_bytes=16",
                        "ecryptfs_passthrough",
                        "ecryptfs_fnek_sig=d395309aaad4de06",
                        "ecryptfs_unlink_sigs");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 3, aes, 24",
        "2, 3, blowfish, 56",
        "3, 1, des3_ede, 24",
        "twofish, 32, twofish, 32",
        "6, 1, cast5, 16"
    })
    void aCipherAndAKeySizeAreChosenByNumberOrByName(String cipher, String size, String named, String bytes)
            throws Exception {
        assertThat(answered("", cipher + "\n" + size + "\nn\nn\n"))
                .startsWith("ecryptfs_cipher=" + named, "ecryptfs_key_bytes=" + bytes);
    }

    @Test
    void aNumberBeyondTheListMayBeAValueOfIt() throws Exception {
        assertThat(answered("", "aes\n24\nn\nn\n")).contains("ecryptfs_key_bytes=24");
    }

    @Test
    void anAnswerThatIsNoneIsAskedForAgain() throws Exception {
        assertThat(answered("", "rot13\n9\naes\n15\n16\nperhaps\nn\nn\n")).contains("ecryptfs_cipher=aes");
    }

    @Test
    void fiveAnswersThatAreNeitherYesNorNoEndTheMount() {
        assertThatThrownBy(() -> answered("", "\n\nY\nN\n1\n0\ntrue\nn\n"))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("Enable plaintext passthrough");
    }

    @Test
    void theEndOfTheInputEndsTheMount() {
        assertThatThrownBy(() -> answered("", "aes\n"))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("Select key bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ecryptfs_cipher=rot13",
                "ecryptfs_cipher",
                "ecryptfs_cipher=AES",
                "ecryptfs_key_bytes=17",
                "ecryptfs_key_bytes=",
                "ecryptfs_passthrough=maybe",
                "ecryptfs_xattr=1",
                "ecryptfs_fnek_sig=xyz",
                "ecryptfs_fnek_sig=d395309aaad4de0"
            })
    void aValueThatIsNoneIsRefusedAndNotAskedFor(String option) {
        assertThatThrownBy(() -> answered(ALL + "," + option, "\n\n\n\n\n")).isInstanceOf(ToolFailure.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ecryptfs_cipher=aes", "ecryptfs_key_bytes=16", ""})
    void whereNothingMayBeAskedWhatIsMissingIsNamed(String options) {
        assertThatThrownBy(() -> silent(options))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("Required mount option not provided: [ecryptfs_");
    }

    @Test
    void whereNothingMayBeAskedYesAndNoQuestionsAreNo() throws Exception {
        assertThat(silent("ecryptfs_cipher=aes,ecryptfs_key_bytes=32"))
                .containsExactly("ecryptfs_cipher=aes", "ecryptfs_key_bytes=32", "ecryptfs_unlink_sigs");
    }

    @Test
    void whereNothingMayBeAskedFileNameEncryptionWithoutItsKeyIsAnErrorAndNotLeftOut() {
        assertThatThrownBy(() -> silent("ecryptfs_cipher=aes,ecryptfs_key_bytes=16,ecryptfs_enable_filename_crypto=y"))
                .hasMessageContaining("ecryptfs_fnek_sig=");
    }

    @Test
    void theExtendedAttributeAndTheEncryptedViewAreTakenUnderTheHelpersAndTheKernelsNames() throws Exception {
        assertThat(answered(ALL + ",ecryptfs_xattr=y,ecryptfs_encrypted_view=y", ""))
                .contains("ecryptfs_xattr_metadata", "ecryptfs_encrypted_view");
        assertThat(answered(ALL + ",ecryptfs_xattr_metadata,ecryptfs_encrypted_view", ""))
                .contains("ecryptfs_xattr_metadata", "ecryptfs_encrypted_view");
    }

    @Test
    void aKernelThatKnowsPassphrasesOnlyIsNotAskedForMore() throws Exception {
        try (MountRequest request = request("");
                ScriptedTerminal typed = new ScriptedTerminal(directory, "\n\n")) {
            assertThat(new MountSettings(request, new EcryptfsVersion(1), Optional.of(new Questions(typed.terminal())))
                            .decide(KEY))
                    .containsExactly("ecryptfs_cipher=aes", "ecryptfs_key_bytes=16", "ecryptfs_unlink_sigs");
        }
    }

    private List<String> answered(String options, String answers) throws Exception {
        try (MountRequest request = request(options);
                ScriptedTerminal typed = new ScriptedTerminal(directory, answers)) {
            return new MountSettings(request, LINUX_6_1, Optional.of(new Questions(typed.terminal()))).decide(KEY);
        }
    }

    private List<String> silent(String options) throws Exception {
        try (MountRequest request = request(options)) {
            return new MountSettings(request, LINUX_6_1, Optional.empty()).decide(KEY);
        }
    }

    private MountRequest request(String options) throws ToolFailure {
        return MountRequest.read(options, directory.resolve("none"));
    }
}
