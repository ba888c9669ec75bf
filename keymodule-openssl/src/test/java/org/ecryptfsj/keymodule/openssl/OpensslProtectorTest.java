package org.ecryptfsj.keymodule.openssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonValue;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector.Interaction;
import org.ecryptfsj.protector.ProtectorContext;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.protector.ProtectorState.Obstacle;
import org.ecryptfsj.protector.Protectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The protector with PEM files of the openssl command. */
class OpensslProtectorTest {
    private static final String FILE_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final ProtectorContext CONTEXT =
            new ProtectorContext(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"), "/srv/secret");

    private final OpensslProtector protector = new OpensslProtector();
    private final List<String> questions = new ArrayList<>();

    @TempDir
    private Path directory;

    private OpensslProgram openssl;

    private record Hostile(String name, JsonValue value) {}

    @BeforeEach
    void aProgram() {
        openssl = new OpensslProgram(directory);
    }

    @Test
    void itIsFoundByItsType() throws IOException {
        try (Protectors protectors = Protectors.load(Optional.empty())) {
            assertThat(protectors.byType("openssl")).containsInstanceOf(OpensslProtector.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2048, 4096})
    void withoutAPassphraseNobodyIsAsked(int bits) throws Exception {
        Path pem = rsa("plain.pem", bits);

        JsonObject fields = protect(pem, Prompter.nobody());

        assertThat(fields.text("keyFile", 4096)).isEqualTo(pem.toString());
        assertThat(fields.text("publicKey", 64)).isEqualTo(fingerprint(pem));
        assertThat(fields.truth("encrypted")).isFalse();
        assertThat(fields.bytes("key", bits / 8, bits / 8)).isNotEmpty();
        assertThat(protector.interaction(fields)).isEqualTo(Interaction.NONE);
        assertThat(protector.state(fields, CONTEXT)).isEqualTo(ProtectorState.usable("RSA key in " + pem));
        assertThat(unprotect(fields, Prompter.nobody())).isEqualTo(FILE_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"genrsa -traditional -aes256", "genrsa -aes256", "genrsa -des3"})
    void thePassphraseIsAskedForUnlessItIsGiven(String how) throws Exception {
        Path pem = encrypted(how);

        JsonObject asked = protect(pem, answering("secret"));
        JsonObject given = protect(pem, Prompter.nobody(), "openssl_passwd", "secret");

        for (JsonObject fields : List.of(asked, given)) {
            assertThat(fields.truth("encrypted")).isTrue();
            assertThat(protector.interaction(fields)).isEqualTo(Interaction.OWN_QUESTION);
            assertThat(protector.state(fields, CONTEXT))
                    .isEqualTo(ProtectorState.usable("RSA key in " + pem + ", with a passphrase"));
            assertThat(unprotect(fields, answering("secret"))).isEqualTo(FILE_KEY);
        }
        assertThat(questions).hasSize(3).containsOnly("Passphrase of the RSA key " + pem);
    }

    @Test
    void thePassphraseMayBeInAFile() throws Exception {
        Path pem = encrypted("genrsa -aes256");
        Path file = Files.writeString(directory.resolve("passphrase"), "openssl_passwd=secret\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

        JsonObject fields = protect(pem, Prompter.nobody(), "openssl_passwd_file", file.toString());

        assertThat(unprotect(fields, answering("secret"))).isEqualTo(FILE_KEY);
    }

    @Test
    void aWrongPassphraseIsAWrongSecretAndNoAnswerIsNone() throws Exception {
        Path pem = encrypted("genrsa -aes256");
        JsonObject fields = protect(pem, answering("secret"));

        assertThat(failureOf(() -> unprotect(fields, answering("other"))).reason())
                .isEqualTo(Reason.WRONG_SECRET);
        assertThat(failureOf(() -> unprotect(fields, Prompter.nobody())).reason())
                .isEqualTo(Reason.NO_ANSWER);
        assertThat(failureOf(() -> protect(pem, answering("other"))).reason()).isEqualTo(Reason.WRONG_SECRET);
    }

    @Test
    void aPemFileThatIsGoneOrThatOthersMayReadIsMissing() throws Exception {
        Path pem = rsa("plain.pem", 2048);
        JsonObject fields = protect(pem, Prompter.nobody());

        Files.setPosixFilePermissions(pem, PosixFilePermissions.fromString("rw-r--r--"));
        assertRefused(fields, Reason.KEY_MISSING, "others may read");
        Files.delete(pem);
        assertRefused(fields, Reason.KEY_MISSING, "the key file " + pem + " does not exist");
    }

    @Test
    void anotherRsaKeyAtTheSamePathIsNotIt() throws Exception {
        Path pem = rsa("plain.pem", 2048);
        JsonObject fields = protect(pem, Prompter.nobody());

        rsa("plain.pem", 2048);

        assertRefused(fields, Reason.KEY_MISSING, pem + " has another RSA key");
    }

    @Test
    void aPassphraseThatWasAddedLaterIsNotAskedForAndOneThatWasRemovedNeither() throws Exception {
        Path pem = rsa("plain.pem", 2048);
        JsonObject withoutPassphrase = protect(pem, Prompter.nobody());
        byte[] plain = Files.readAllBytes(pem);
        openssl.run("rsa", "-in", pem.toString(), "-aes256", "-passout", "pass:secret", "-out", pem.toString());

        assertRefused(withoutPassphrase, Reason.NO_ANSWER, "has a passphrase now");
        JsonObject withPassphrase = protect(pem, answering("secret"));
        Files.write(pem, plain);
        assertThat(unprotect(withPassphrase, Prompter.nobody())).isEqualTo(FILE_KEY);
    }

    @Test
    void fieldsOfAnotherFileOrChangedAreDamaged() throws Exception {
        Path pem = rsa("plain.pem", 2048);
        JsonObject fields = protect(pem, Prompter.nobody());
        ProtectorContext otherFile = new ProtectorContext(UUID.randomUUID(), "/srv/secret");
        Path copy = Files.copy(pem, directory.resolve("copy.pem"));
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-------"));
        byte[] wrapped = fields.bytes("key", 256, 256);
        wrapped[100] ^= 1;

        assertThat(failureOf(() -> protector.unprotect(fields, otherFile, Prompter.nobody()))
                        .reason())
                .isEqualTo(Reason.DAMAGED);
        for (JsonObject changed : List.of(
                fields.with("keyFile", copy.toString()),
                fields.with("encrypted", true),
                fields.with("unknown", 1),
                fields.with("key", wrapped),
                fields.with("key", new byte[512]))) {
            assertThat(failureOf(() -> unprotect(changed, Prompter.nobody())).reason())
                    .as(changed.toString())
                    .isEqualTo(Reason.DAMAGED);
        }
    }

    @Test
    void onlyRsaKeysOfAUsefulSizeAreTaken() throws Exception {
        Path small = rsa("small.pem", 2040);
        Path large = rsa("large.pem", 4104);
        Path curve = openssl.keyFile("curve.pem", "ecparam", "-genkey", "-noout", "-name", "prime256v1");

        for (Path pem : List.of(small, large, curve)) {
            assertThat(failureOf(() -> protect(pem, Prompter.nobody())).reason())
                    .isEqualTo(Reason.BAD_PARAMETER);
        }
        assertThat(failureOf(() -> protect(directory.resolve("none.pem"), Prompter.nobody()))
                        .reason())
                .isEqualTo(Reason.KEY_MISSING);
        assertThat(failureOf(() -> protect(directory.resolve("two\nlines"), Prompter.nobody()))
                        .reason())
                .isEqualTo(Reason.BAD_PARAMETER);
    }

    @Test
    void whatTheOpensslCommandEncryptedIsDecrypted() throws Exception {
        Properties vector = vector();
        JsonObject fields = JsonObject.empty()
                .with("keyFile", vector.getProperty("keyFile"))
                .with("publicKey", vector.getProperty("publicKey"))
                .with("encrypted", true)
                .with("key", Base64.getDecoder().decode(vector.getProperty("key")));
        ProtectorContext context = new ProtectorContext(UUID.fromString(vector.getProperty("file")), "golden");

        try (InputStream pem = getClass().getResourceAsStream("vector-key.pem");
                Secret passphrase = secret(vector.getProperty("passphrase"));
                RsaKey key = new PemKeyFile(Path.of("vector-key.pem")).load(pem.readAllBytes(), passphrase);
                Secret fileKey = OpensslProtector.unwrap(key, fields, context)) {
            String hex = fileKey.onHeap(HexFormat.of()::formatHex);
            assertThat(hex).isEqualTo(vector.getProperty("fileKey"));
        }
    }

    static Stream<Hostile> hostile() {
        return Stream.of(
                new Hostile("keyFile", new JsonValue.Text("relative.pem")),
                new Hostile("keyFile", new JsonValue.Text("")),
                new Hostile("keyFile", new JsonValue.Text("/etc/key\u001b[2J.pem")),
                new Hostile("keyFile", new JsonValue.Text("/etc/key\0.pem")),
                new Hostile("keyFile", new JsonValue.Text("/" + "a".repeat(4096))),
                new Hostile("keyFile", new JsonValue.Whole(1)),
                new Hostile("publicKey", new JsonValue.Text("A".repeat(64))),
                new Hostile("publicKey", new JsonValue.Text("a".repeat(63))),
                new Hostile("publicKey", new JsonValue.Text("a".repeat(65))),
                new Hostile("encrypted", new JsonValue.Whole(1)),
                new Hostile("encrypted", new JsonValue.Null()),
                new Hostile("key", new JsonValue.Text("A".repeat(340))),
                new Hostile("key", new JsonValue.Text("A".repeat(684))),
                new Hostile("key", new JsonValue.Text("?")),
                new Hostile("key", new JsonValue.Truth(true)));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void hostileFieldsAreRefusedBeforeAFileIsOpened(Hostile hostile) {
        JsonObject valid = new OpensslProtectorFields("/etc/ecryptfsj/none.pem", "a".repeat(64), true)
                .json()
                .with("key", new byte[256]);

        for (JsonObject fields : List.of(valid.with(hostile.name(), hostile.value()), valid.without(hostile.name()))) {
            assertThatThrownBy(() -> unprotect(fields, Prompter.nobody())).isInstanceOf(MalformedFieldException.class);
            assertThatThrownBy(() -> protector.state(fields, CONTEXT)).isInstanceOf(MalformedFieldException.class);
        }
    }

    private static Properties vector() throws IOException {
        Properties vector = new Properties();
        try (InputStream values = OpensslProtectorTest.class.getResourceAsStream("protector.properties")) {
            vector.load(values);
        }
        return vector;
    }

    private String fingerprint(Path pem) throws Exception {
        Path der = openssl.keyFile("public.der", "rsa", "-in", pem.toString(), "-pubout", "-outform", "DER");
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(der)));
    }

    private Path rsa(String name, int bits) throws Exception {
        return openssl.keyFile(name, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + bits);
    }

    private Path encrypted(String how) throws Exception {
        return openssl.keyFile("encrypted.pem", (how + " -passout pass:secret").split(" "));
    }

    private void assertRefused(JsonObject fields, Reason reason, String message) throws Exception {
        ProtectorException failure = failureOf(() -> unprotect(fields, Prompter.nobody()));
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure).hasMessageContaining(message);
        Obstacle obstacle = protector.state(fields, CONTEXT).obstacle().orElseThrow();
        assertThat(obstacle).isEqualTo(new Obstacle(reason, failure.getMessage(), failure.advice()));
    }

    private JsonObject protect(Path pem, Prompter prompter, String... namesAndValues) throws ProtectorException {
        try (ParameterValues values = new ParameterValues().add("openssl_keyfile", pem.toString());
                Secret fileKey = Secret.takeBytes(HexFormat.of().parseHex(FILE_KEY))) {
            for (int i = 0; i < namesAndValues.length; i += 2) {
                values.add(namesAndValues[i], namesAndValues[i + 1]);
            }
            try (Protection protection = protector.protect(fileKey, CONTEXT, values, prompter)) {
                assertThat(protection.code()).isEmpty();
                return protection.fields();
            }
        }
    }

    private String unprotect(JsonObject fields, Prompter prompter) throws Exception {
        try (Secret fileKey = protector.unprotect(fields, CONTEXT, prompter)) {
            return fileKey.onHeap(HexFormat.of()::formatHex);
        }
    }

    private Prompter answering(String answer) {
        return new Prompter() {
            @Override
            public int attempts() {
                return 1;
            }

            @Override
            public Secret ask(Question question) {
                questions.add(question.text());
                return secret(answer);
            }
        };
    }

    private static Secret secret(String text) {
        return Secret.takeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ProtectorException failureOf(ThrowingCallable call) {
        return catchThrowableOfType(ProtectorException.class, call);
    }
}
