package org.ecryptfsj.keymodule.passphrase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModule;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.linux.Descriptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PassphraseKeyModuleTest {
    /** Of the passphrase {@code test}, by ecryptfs-utils 111. */
    private static final String WITH_DEFAULT_SALT = "d395309aaad4de06";

    private static final String WITH_OTHER_SALT = "1a5303ffba8f803b";

    private final PassphraseKeyModule module = new PassphraseKeyModule();

    @TempDir
    private Path directory;

    @Test
    void theModuleIsFoundByItsAlias() throws IOException {
        try (KeyModules modules = KeyModules.discover(Optional.empty())) {
            assertThat(modules.byAlias("passphrase")).containsInstanceOf(PassphraseKeyModule.class);
            assertThat(modules.problems()).isEmpty();
        }
    }

    @Test
    void thePassphraseIsAskedForWithoutEcho() {
        Parameter asked = module.parameters().get(0);
        assertThat(asked.prompt()).contains("Passphrase");
        assertThat(asked.echo()).isFalse();
        assertThat(module.parameters().stream().filter(p -> p.prompt().isPresent()))
                .containsExactly(asked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "passwd",
                "passfile",
                "passfd",
                "salt",
                "passphrase_passwd",
                "passphrase_passwd_file",
                "passphrase_passwd_fd",
                "passphrase_salt"
            })
    void everyOptionOfTheCModuleHasAParameter(String option) {
        assertThat(module.parameters()).anyMatch(parameter -> parameter.isNamed(option));
    }

    @Test
    void aPassphraseGivesAPasswordToken() throws KeyModuleException {
        assertThat(signature("passphrase_passwd", "test")).isEqualTo(WITH_DEFAULT_SALT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aabbccddeeff0011", "AABBCCDDEEFF0011"})
    void theSaltIsUsed(String salt) throws KeyModuleException {
        try (ParameterValues values =
                new ParameterValues().add("passphrase_passwd", "test").add("passphrase_salt", salt)) {
            assertThat(signature(values)).isEqualTo(WITH_OTHER_SALT);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00112233445566", "00112233445566778", "001122334455667g"})
    void aSaltThatIsNotSixteenHexDigitsIsRefused(String salt) {
        try (ParameterValues values =
                new ParameterValues().add("passphrase_passwd", "test").add("passphrase_salt", salt)) {
            assertRefused(() -> module.tokenContents(values)).hasMessageContaining("passphrase_salt=" + salt);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"passphrase_passwd=test\n", "passwd=test", "salt=1,passwd=test", "\n\npasswd=test\n\n"})
    void thePassphraseIsReadFromAFile(String content) throws Exception {
        assertThat(signature(
                        "passphrase_passwd_file", file(content, "rw-------").toString()))
                .isEqualTo(WITH_DEFAULT_SALT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "bom"})
    void aFileWithAnUnambiguousPassphraseIsAccepted(String name) throws Exception {
        assertThat(signature("passphrase_passwd_file", fromEditor(name).toString()))
                .isEqualTo(WITH_DEFAULT_SALT);
    }

    @ParameterizedTest
    @CsvSource({
        "crlf, 'in line 1 of FILE ends with CR: the file has Windows line ends', literal",
        "trailing-blank, 'in line 1 of FILE ends with a blank', literal",
        "comma, 'in line 1 of FILE is followed by a comma', prompt",
        "bare, 'FILE contains no passphrase', passphrase_passwd=...",
    })
    void aFileWithInvisibleBytesThatWouldChangeTheKeyIsRefused(String name, String reason, String advice)
            throws Exception {
        Path file = fromEditor(name);
        assertRefused(() -> signature("passphrase_passwd_file", file.toString()))
                .hasMessageContaining(reason.replace("FILE", file.toString()))
                .satisfies(e -> assertThat(((KeyModuleException) e).advice()).contains(advice));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "passwd=test\t",
                "passwd= test",
                "passwd=test\u00a0",
                "passwd=te\u0001st",
                "passwd=test\u001a",
                "passwd=te\rst",
                "passwd=test,st=1",
                "passwd=test\nliteral=no\npassphrase_passwd=test",
                "passwd=test\npasswd=other",
            })
    void invisibleBytesInThePassphraseAreRefused(String content) throws Exception {
        String name = file(content, "rw-------").toString();
        assertRefused(() -> signature("passphrase_passwd_file", name)).hasMessageContaining(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"test\r", "test ", " test", "te\u0001st"})
    void theOptionLiteralKeepsThePassphraseByteForByte(String passphrase) throws Exception {
        String name = file("passphrase_passwd=" + passphrase + "\nliteral\n", "rw-------")
                .toString();
        assertThat(signature("passphrase_passwd_file", name))
                .isEqualTo(signature("passphrase_passwd", passphrase))
                .isNotEqualTo(WITH_DEFAULT_SALT);
    }

    @Test
    void invisibleBytesAreRefusedInAnOpenFile() throws Exception {
        try (Descriptor open = Descriptor.openReadWrite(fromEditor("crlf").toString())) {
            assertRefused(() -> signature("passphrase_passwd_fd", Integer.toString(open.number())))
                    .hasMessageContaining("line 1 of file descriptor " + open.number());
        }
    }

    @Test
    void thePassphraseIsReadFromAnOpenFileThatStaysOpen() throws Exception {
        try (Descriptor open = Descriptor.openReadWrite(
                file("passphrase_passwd=test\n", "rw-------").toString())) {
            assertThat(signature("passphrase_passwd_fd", "0x" + Integer.toHexString(open.number())))
                    .isEqualTo(WITH_DEFAULT_SALT);
            assertThat(Files.exists(Path.of("/proc/self/fd/" + open.number()))).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "three", "-1", "99999999999", "9999"})
    void somethingThatIsNotAnOpenFileIsRefused(String number) {
        assertRefused(() -> signature("passphrase_passwd_fd", number)).hasMessageContaining(number);
    }

    @Test
    void aMissingFileIsNotFoundByItsName() {
        String name = directory.resolve("none").toString();
        assertThatThrownBy(() -> signature("passphrase_passwd_file", name))
                .isInstanceOfSatisfying(
                        KeyModuleException.class, e -> assertThat(e.reason()).isEqualTo(Reason.KEY_NOT_FOUND))
                .hasMessageContaining(name)
                .hasCauseInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aFileWithoutAPassphraseIsRefused() throws IOException {
        String name = file("openssl_passwd=test\n", "rw-------").toString();
        assertRefused(() -> signature("passphrase_passwd_file", name))
                .hasMessageContaining(name + " contains no passphrase");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r--r--", "rw-r-----", "rw----r--", "rw--w----", "rw----rw-", "rwx--x---"})
    void aFileThatOthersMayReadOrWriteIsRefused(String permissions) throws IOException {
        String name = file("passwd=test\n", permissions).toString();

        assertRefused(() -> signature("passphrase_passwd_file", name))
                .hasMessageContaining("the passphrase file " + name + " is not used")
                .isInstanceOfSatisfying(KeyModuleException.class, e -> assertThat(e.advice())
                        .contains("chmod 600 " + name)
                        .contains("passphrase_passwd_fd"));
    }

    @Test
    void aNamedPipeIsRefusedWithoutWaiting() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString())
                        .start()
                        .waitFor())
                .isZero();

        assertRefused(() -> signature("passphrase_passwd_file", pipe.toString()))
                .hasMessageContaining("is not a regular file");
    }

    @Test
    void aPathBelowDevFdIsThatDescriptor() throws Exception {
        Path file = file("passwd=test\n", "rw-r--r--");
        try (Descriptor held = Descriptor.openReadWrite(file.toString())) {
            assertThat(signature("passphrase_passwd_file", "/dev/fd/" + held.number()))
                    .isEqualTo(WITH_DEFAULT_SALT);
        }
    }

    @Test
    void thePassphraseItselfTakesPrecedenceOverAFile() throws KeyModuleException {
        try (ParameterValues values =
                new ParameterValues().add("passphrase_passwd", "test").add("passphrase_passwd_file", "/nonexistent")) {
            assertThat(signature(values)).isEqualTo(WITH_DEFAULT_SALT);
        }
    }

    @Test
    void withoutAPassphraseThereIsNoToken() {
        try (ParameterValues none = new ParameterValues()) {
            assertRefused(() -> module.tokenContents(none)).hasMessageContaining("no passphrase");
        }
    }

    @Test
    void fileKeysAreEncryptedByTheKernel() {
        try (KeyModule asAnyOther = module;
                KeyBlob blob = KeyBlob.takeBytes(new byte[0]);
                Secret payload = Secret.allocate(19)) {
            assertUnsupported(() -> asAnyOther.wrap(blob, payload));
            assertUnsupported(() -> asAnyOther.unwrap(blob, new byte[1]));
        }
    }

    private String signature(String name, String value) throws KeyModuleException {
        try (ParameterValues values = new ParameterValues().add(name, value)) {
            return signature(values);
        }
    }

    private String signature(ParameterValues values) throws KeyModuleException {
        try (TokenContents tokenContents = module.tokenContents(values)) {
            assertThat(tokenContents).isInstanceOf(TokenContents.Passphrase.class);
            return tokenContents.signature().hex();
        }
    }

    private Path fromEditor(String name) throws IOException {
        try (InputStream content = getClass().getResourceAsStream("/passphrase-files/" + name)) {
            Path file = directory.resolve(name);
            Files.copy(content, file);
            return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    private Path file(String content, String permissions) throws IOException {
        Path file = Files.writeString(directory.resolve("passphrase"), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
            ThrowingCallable call) {
        return assertThatThrownBy(call).isInstanceOfSatisfying(KeyModuleException.class, e -> {
            assertThat(e.reason()).isEqualTo(Reason.BAD_PARAMETER);
            assertThat(e.advice()).isNotEmpty();
        });
    }

    private static void assertUnsupported(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(KeyModuleException.class, e -> assertThat(e.reason())
                .isEqualTo(Reason.UNSUPPORTED));
    }
}
