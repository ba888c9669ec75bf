package org.ecryptfsj.keymodule.openssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.keymodule.KeyGenerator;
import org.ecryptfsj.keymodule.KeyGenerator.GeneratedKey;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.Parameter;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.keymodule.TokenContents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpensslKeyGeneratorTest {
    private final OpensslKeyModule module = new OpensslKeyModule();
    private final KeyGenerator generator = module.generator().orElseThrow();

    @TempDir
    private Path directory;

    @Test
    void aNewKeyIsAnEncryptedFileOfItsOwnerThatOpensslAndTheModuleRead() throws Exception {
        Path file = directory.resolve("pki/openssl/key.pem");

        GeneratedKey key = generate(file, "secret", "1024");

        assertThat(key.parameter()).isEqualTo("openssl_keyfile");
        assertThat(key.value()).isEqualTo(file.toString());
        assertThat(Files.readString(file))
                .startsWith("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,");
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(mode(file.getParent())).isEqualTo("rwx------");
        assertThat(mode(file.getParent().getParent())).isEqualTo("rwx------");
        new OpensslProgram(directory).run("rsa", "-check", "-noout", "-in", file.toString(), "-passin", "pass:secret");
        try (ParameterValues values = new ParameterValues()
                        .add("openssl_keyfile", file.toString())
                        .add("openssl_passwd", "secret");
                TokenContents.ModuleKey tokenContents = (TokenContents.ModuleKey) module.tokenContents(values)) {
            assertThat(module.maxKeyBytes(tokenContents.blob())).hasValue(128 - 45);
        }
    }

    @Test
    void aKeyFileIsNeverOverwritten() throws Exception {
        Path file = Files.writeString(directory.resolve("key.pem"), "precious");

        assertThat(refusal(file, "secret", "1024")).hasMessageContaining("exists already");
        assertThat(file).hasContent("precious");
    }

    @ParameterizedTest
    @ValueSource(strings = {"512", "1023", "4104", "many", "-1", ""})
    void anInvalidSizeIsRefusedBeforeAnythingIsCreated(String bits) {
        assertThat(refusal(directory.resolve("a/key.pem"), "secret", bits)).hasMessageContaining("openssl_bits");
        assertThat(directory.resolve("a")).doesNotExist();
    }

    @Test
    void aNewKeyFileNeedsAPassphrase() {
        assertThat(refusal(directory.resolve("key.pem"), "", "1024")).hasMessageContaining("needs a passphrase");
    }

    @Test
    void aDirectoryThatCannotBeCreatedIsReported() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThat(refusal(file.resolve("key.pem"), "secret", "1024")).hasMessageContaining("cannot be written");
    }

    @Test
    void thePathIsSuggestedAndThePassphraseConfirmed() {
        assertThat(generator.parameters().stream().map(p -> p.prompt().orElse("")))
                .containsExactly("SSL key file path", "Passphrase", "");
        assertThat(generator.parameters().get(0).suggestion())
                .hasValueSatisfying(place -> assertThat(place).endsWith("/.ecryptfs/pki/openssl/key.pem"));
        assertThat(generator.parameters().get(1))
                .returns(false, Parameter::echo)
                .satisfies(p -> assertThat(p.confirmation()).contains("Verify Passphrase"));
    }

    private GeneratedKey generate(Path file, String passphrase, String bits) throws KeyModuleException {
        try (ParameterValues values = new ParameterValues()
                .add("openssl_keyfile", file.toString())
                .add("openssl_passwd", passphrase)
                .add("openssl_bits", bits)) {
            return generator.generate(values);
        }
    }

    private KeyModuleException refusal(Path file, String passphrase, String bits) {
        return catchThrowableOfType(KeyModuleException.class, () -> generate(file, passphrase, bits));
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
