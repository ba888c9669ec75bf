package org.ecryptfsj.keymodule.openssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Properties;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.linux.Descriptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpensslKeyModuleTest {
    private static final byte[] PAYLOAD = HexFormat.of().parseHex("07000102030405060708090a0b0c0d0e0f0078");

    private final OpensslKeyModule module = new OpensslKeyModule();
    private final Properties vector = new Properties();

    @TempDir
    private Path directory;

    private OpensslProgram openssl;
    private Path vectorKey;

    @BeforeEach
    void aKeyFileWithItsVector() throws IOException {
        openssl = new OpensslProgram(directory);
        vectorKey = directory.resolve("vector-key.pem");
        try (InputStream pem = getClass().getResourceAsStream("vector-key.pem");
                InputStream values = getClass().getResourceAsStream("vector.properties")) {
            Files.copy(pem, vectorKey);
            vector.load(values);
        }
        mode(vectorKey, "rw-------");
    }

    @Test
    void theModuleIsFoundByItsAlias() throws IOException {
        try (KeyModules modules = KeyModules.discover(Optional.empty())) {
            assertThat(modules.byAlias("openssl")).containsInstanceOf(OpensslKeyModule.class);
            assertThat(modules.problems()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "openssl_keysource",
                "keysource",
                "openssl_keyfile",
                "keyfile",
                "openssl_passwd_specification_method",
                "passwd_specification_method",
                "openssl_passwd",
                "passwd",
                "openssl_passwd_file",
                "passwd_file",
                "openssl_passwd_fd",
                "passwd_fd"
            })
    void everyOptionOfTheCModuleHasAParameter(String option) {
        assertThat(module.parameters()).anyMatch(parameter -> parameter.isNamed(option));
    }

    @Test
    void theKeyFileAsTheCModuleWritesItHasTheSignatureOfTheVector() throws Exception {
        try (TokenContents tokenContents = tokenContents(vectorKey, "secret")) {
            assertThat(tokenContents.signature().hex()).isEqualTo(vector.getProperty("signature"));
        }
    }

    @Test
    void theFileKeyOfTheVectorIsDecrypted() throws Exception {
        try (TokenContents.ModuleKey tokenContents = tokenContents(vectorKey, "secret");
                Secret clear = module.unwrap(
                        tokenContents.blob(), HexFormat.of().parseHex(vector.getProperty("ciphertext")))) {
            assertThat(hex(clear)).isEqualTo(vector.getProperty("payload"));
        }
    }

    @Test
    void anEncryptedFileKeyIsAsLongAsTheModulusAndDecryptsToThePayload() throws Exception {
        try (TokenContents.ModuleKey tokenContents = tokenContents(vectorKey, "secret");
                Secret payload = payload()) {
            byte[] wrapped = module.wrap(tokenContents.blob(), payload);

            assertThat(wrapped).hasSize(256);
            try (Secret clear = module.unwrap(tokenContents.blob(), wrapped)) {
                assertThat(clear.sameBytesAs(payload)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "genrsa -traditional -aes128,",
        "genrsa -traditional -aes192,",
        "genrsa -traditional -aes256,",
        "genrsa -traditional -des3,",
        "genrsa -aes256,",
        "genrsa -des3,",
        "genrsa -traditional, plain",
        "genrsa, plain"
    })
    void whatOpensslGeneratesIsReadAndEachDecryptsTheOthersOaep(String how, String plain) throws Exception {
        String[] words = (how + (plain == null ? " -passout pass:secret" : "") + " 1024").split(" ");
        Path key = generated(words);
        String passphrase = plain == null ? "secret" : "";
        try (TokenContents.ModuleKey tokenContents = tokenContents(key, passphrase);
                Secret payload = payload()) {
            Files.write(directory.resolve("wrapped"), module.wrap(tokenContents.blob(), payload));
            oaep(key, "-decrypt", "wrapped", "clear");
            assertThat(directory.resolve("clear")).hasBinaryContent(PAYLOAD);

            oaep(key, "-encrypt", "clear", "theirs");
            try (Secret clear = module.unwrap(tokenContents.blob(), Files.readAllBytes(directory.resolve("theirs")))) {
                assertThat(clear.sameBytesAs(payload)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hmacWithSHA1", "hmacWithSHA256", "hmacWithSHA512"})
    void pkcs8WithAnyHashIsRead(String prf) throws Exception {
        Path plain = openssl.keyFile("plain", "genrsa", "-traditional");
        Path key = openssl.keyFile(
                "pkcs8",
                "pkcs8",
                "-topk8",
                "-v2",
                "aes-256-cbc",
                "-v2prf",
                prf,
                "-in",
                plain.toString(),
                "-passout",
                "pass:secret");

        try (TokenContents ofPlain = tokenContents(plain, "");
                TokenContents ofPkcs8 = tokenContents(key, "secret")) {
            assertThat(ofPkcs8.signature()).isEqualTo(ofPlain.signature());
        }
    }

    @Test
    void aPassphraseIsTakenAsItsBytes() throws Exception {
        Path key = openssl.keyFile("umlaut", "genrsa", "-aes256", "-passout", "pass:gr\u00fcn \u20ac");

        try (TokenContents tokenContents = tokenContents(key, "gr\u00fcn \u20ac")) {
            assertThat(tokenContents.signature().hex()).hasSize(16);
        }
    }

    @Test
    void thePassphraseIsReadFromAFileADescriptorOrTheEnvironment() throws Exception {
        Path file = Files.writeString(directory.resolve("passphrase"), "openssl_passwd=secret\n");
        mode(file, "rw-------");
        String signature = vector.getProperty("signature");

        assertThat(signature("openssl_passwd_file", file.toString())).isEqualTo(signature);
        try (Descriptor open = Descriptor.openReadWrite(file.toString())) {
            assertThat(signature("openssl_passwd_fd", String.valueOf(open.number())))
                    .isEqualTo(signature);
        }
        KeyModuleException wrong = refused("openssl_passwd_env", "PATH");
        assertThat(wrong.reason()).isEqualTo(Reason.AUTHENTICATION);
        assertThat(refused("openssl_passwd_env", "NO_SUCH_VARIABLE")).hasMessageContaining("NO_SUCH_VARIABLE");
    }

    @Test
    void aWrongPassphraseAndAMissingOneAreToldApart() {
        KeyModuleException wrong = refused("openssl_passwd", "geheim");
        KeyModuleException missing = refused("openssl_keysource", "keyfile");

        assertThat(wrong.reason()).isEqualTo(Reason.AUTHENTICATION);
        assertThat(wrong).hasMessageContaining("is wrong").hasMessageNotContaining("geheim");
        assertThat(missing.reason()).isEqualTo(Reason.AUTHENTICATION);
        assertThat(missing).hasMessageContaining("no passphrase is given");
    }

    @Test
    void aKeyFileThatIsNotThereIsNotFound() {
        assertThat(refusal(directory.resolve("nothing"), "secret").reason()).isEqualTo(Reason.KEY_NOT_FOUND);
    }

    @ParameterizedTest
    @CsvSource({
        "rw-r--r--, 644, read",
        "rw-r-----, 640, read",
        "rw----rw-, 606, write to",
        "rw--w----, 620, write to",
        "rwx--x---, 710, read"
    })
    void aKeyFileThatOthersMayReadOrWriteIsRefused(String mode, String octal, String what) throws IOException {
        mode(vectorKey, mode);

        KeyModuleException refusal = refusal(vectorKey, "secret");
        assertThat(refusal.reason()).isEqualTo(Reason.BAD_PARAMETER);
        assertThat(refusal).hasMessageContaining("may " + what).hasMessageContaining("(mode " + octal + ")");
        assertThat(refusal.advice()).contains("chmod 600 " + vectorKey);
    }

    @Test
    void aPassphraseFileThatOthersMayReadIsRefused() throws IOException {
        Path file = Files.writeString(directory.resolve("passphrase"), "openssl_passwd=secret\n");
        mode(file, "rw-r-----");

        assertThat(refused("openssl_passwd_file", file.toString()))
                .hasMessageContaining("the passphrase file " + file + " is not used")
                .hasMessageContaining("may read");
    }

    @Test
    void aKeyOfAnotherAlgorithmIsRefused() throws Exception {
        Path key = openssl.keyFile("ec", "ecparam", "-name", "prime256v1", "-genkey", "-noout");

        assertThat(refusal(key, "")).hasMessageContaining("not an RSA key");
    }

    @Test
    void aPublicKeyIsRefused() throws Exception {
        Path key = openssl.keyFile("public", "rsa", "-in", vectorKey.toString(), "-passin", "pass:secret", "-pubout");

        assertThat(refusal(key, "")).hasMessageContaining("no private key, only a public one");
    }

    @Test
    void somethingElseThanPemIsNoKeyFile() throws IOException {
        Path key = Files.writeString(directory.resolve("text"), "no key at all\n");
        mode(key, "rw-------");

        assertThat(refusal(key, "secret")).hasMessageContaining("contains no private key");
    }

    @ParameterizedTest
    @CsvSource({"4104, too much for the kernel", "512, ''"})
    void aKeyTooLongForTheKernelIsRefusedAndAShortOneLimitsFileKeys(String bits, String refusal) throws Exception {
        Path key = openssl.keyFile("key" + bits, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + bits);
        if (!refusal.isEmpty()) {
            assertThat(refusal(key, "")).hasMessageContaining(refusal);
            return;
        }
        try (TokenContents.ModuleKey tokenContents = tokenContents(key, "");
                Secret payload = Secret.allocate(35)) {
            assertThat(module.maxKeyBytes(tokenContents.blob())).hasValue(19);
            assertThat(catchThrowableOfType(KeyModuleException.class, () -> module.wrap(tokenContents.blob(), payload)))
                    .hasMessageContaining("512 bits cannot encrypt a file key of 32 bytes; its limit is 19 bytes");
        }
    }

    @Test
    void aFileKeyOfAnotherKeyIsRefusedAsBadData() throws Exception {
        Path other = openssl.keyFile("other", "genrsa");
        try (TokenContents.ModuleKey mine = tokenContents(vectorKey, "secret");
                TokenContents.ModuleKey others = tokenContents(other, "");
                Secret payload = payload()) {
            byte[] wrapped = module.wrap(others.blob(), payload);

            for (byte[] bad : new byte[][] {wrapped, new byte[0], new byte[255]}) {
                KeyModuleException e =
                        catchThrowableOfType(KeyModuleException.class, () -> module.unwrap(mine.blob(), bad));
                assertThat(e.reason()).isEqualTo(Reason.BAD_DATA);
            }
        }
    }

    @Test
    void aRemovedKeyFileIsNoticedByTheNextRequest() throws Exception {
        try (TokenContents.ModuleKey tokenContents = tokenContents(vectorKey, "secret");
                Secret payload = payload()) {
            byte[] wrapped = module.wrap(tokenContents.blob(), payload);
            Files.delete(vectorKey);

            KeyModuleException e =
                    catchThrowableOfType(KeyModuleException.class, () -> module.unwrap(tokenContents.blob(), wrapped));
            assertThat(e.reason()).isEqualTo(Reason.KEY_NOT_FOUND);
        }
    }

    @Test
    void theMethodIsPromptedForUnlessAPassphraseIsGiven() {
        Parameter method = module.parameters().stream()
                .filter(p -> !p.choices().isEmpty())
                .findFirst()
                .orElseThrow();

        assertThat(method.choices().stream().map(c -> c.value() + ": " + c.description()))
                .containsExactly(
                        "openssl_passwd: Enter on Console",
                        "openssl_passwd_file: File Containing Passphrase",
                        "openssl_passwd_fd: File Descriptor for File Containing Passphrase");
        assertThat(method.alternatives()).contains("openssl_passwd_env");
    }

    private Path generated(String... words) throws Exception {
        Path file = directory.resolve("generated");
        String[] arguments = new String[words.length + 2];
        System.arraycopy(words, 0, arguments, 0, words.length - 1);
        arguments[words.length - 1] = "-out";
        arguments[words.length] = file.toString();
        arguments[words.length + 1] = words[words.length - 1];
        openssl.run(arguments);
        mode(file, "rw-------");
        return file;
    }

    private void oaep(Path key, String what, String in, String out) throws Exception {
        openssl.run(
                "pkeyutl",
                what,
                "-inkey",
                key.toString(),
                "-passin",
                "pass:secret",
                "-pkeyopt",
                "rsa_padding_mode:oaep",
                "-in",
                in,
                "-out",
                out);
    }

    private TokenContents.ModuleKey tokenContents(Path key, String passphrase) throws KeyModuleException {
        try (ParameterValues values = new ParameterValues().add("openssl_keyfile", key.toString())) {
            if (!passphrase.isEmpty()) {
                values.add("openssl_passwd", passphrase);
            }
            return (TokenContents.ModuleKey) module.tokenContents(values);
        }
    }

    private KeyModuleException refusal(Path key, String passphrase) {
        return catchThrowableOfType(
                KeyModuleException.class, () -> tokenContents(key, passphrase).close());
    }

    private String signature(String parameter, String value) throws KeyModuleException {
        try (ParameterValues values = new ParameterValues()
                        .add("openssl_keyfile", vectorKey.toString())
                        .add(parameter, value);
                TokenContents tokenContents = module.tokenContents(values)) {
            return tokenContents.signature().hex();
        }
    }

    private KeyModuleException refused(String parameter, String value) {
        return catchThrowableOfType(KeyModuleException.class, () -> signature(parameter, value));
    }

    private static void mode(Path file, String mode) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static Secret payload() {
        return Secret.takeBytes(PAYLOAD.clone());
    }

    private static String hex(Secret secret) {
        byte[] bytes = new byte[secret.size()];
        secret.buffer().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void theBlobOfTheVectorIsReadAndWrittenByteForByte() throws KeyModuleException {
        byte[] expected = HexFormat.of().parseHex(vector.getProperty("blob"));
        try (KeyBlob blob = KeyBlob.takeBytes(expected.clone());
                KeyFileBlob read = KeyFileBlob.parse(blob);
                KeyBlob written = read.blob()) {
            assertThat(read.path()).isEqualTo("/home/user/.ecryptfs/pki/openssl/key.pem");
            assertThat(StandardCharsets.UTF_8.decode(read.passphrase().buffer()).toString())
                    .isEqualTo("secret");
            assertThat(written.buffer()).isEqualTo(ByteBuffer.wrap(expected));
        }
    }
}
