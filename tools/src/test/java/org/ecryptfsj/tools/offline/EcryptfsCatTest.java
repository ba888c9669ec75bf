package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.AuthTok;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.tools.command.CommandResult;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EcryptfsCatTest {
    private static final Signature SIGNATURE = new Signature("d395309aaad4de06");

    @TempDir
    static Path trees;

    private static Path passphrase;

    @BeforeAll
    static void unpack() throws Exception {
        LowerTreeFixture.unpackInto(trees);
        passphrase = LowerTreeFixture.passphraseFile(trees);
    }

    @Test
    void contentsAreJoinedAsByCat() throws Exception {
        Result result = cat("--passphrase-file", passphrase.toString(), file("f4097"), file("f0"), file("f15"));

        assertThat(result.called().code()).isZero();
        assertThat(result.out()).isEqualTo(LowerTreeFixture.plaintext(4097) + LowerTreeFixture.plaintext(15));
    }

    @Test
    void theKeyModulesOptionOfMountIsTaken() throws Exception {
        Result result = cat("--key", "passphrase:passphrase_passwd_file=" + passphrase, file("f15"));

        assertThat(result.called().err()).isEmpty();
        assertThat(result.out()).isEqualTo(LowerTreeFixture.plaintext(15));
    }

    @Test
    void aFileThatCannotBeReadIsToldAndTheNextOneIsPrinted() throws Exception {
        Path foreign = Files.writeString(trees.resolve("foreign"), "no eCryptfs file");

        Result result = cat("--passphrase-file", passphrase.toString(), foreign.toString(), file("none"), file("f15"));

        assertThat(result.called().code()).isEqualTo(1);
        assertThat(result.called().err())
                .contains(foreign + ": not an eCryptfs file")
                .contains("none: it does not exist");
        assertThat(result.out()).isEqualTo(LowerTreeFixture.plaintext(15));
    }

    @Test
    void aPassphraseOfAnotherSaltIsFoundByTheFilesOwnSalt() throws Exception {
        Result result = cat("--passphrase-file", passphrase.toString(), "--salt", "0123456789abcdef", file("f15"));

        assertThat(result.out()).isEqualTo(LowerTreeFixture.plaintext(15));
    }

    @Test
    void aKeyInTheKeyringNeedsNoOption() throws Exception {
        UserKeyring keyring = new UserKeyring();
        keyring.linkIntoSession();
        try (KeyModules modules = InstalledKeyModules.discover();
                Secret test = Secret.takeChars("test".toCharArray());
                AuthTok token = new PassphraseTokens(modules).derive(test, Salt.DEFAULT)) {
            keyring.add(token);
        }
        try {
            Result result = cat(file("f15"));

            assertThat(result.called().err()).isEmpty();
            assertThat(result.out()).isEqualTo(LowerTreeFixture.plaintext(15));
        } finally {
            keyring.unlink(SIGNATURE);
        }
    }

    @Test
    void anUnknownModuleAndAnUnknownParameterAreRefusedWithWhatThereIs() throws Exception {
        assertThat(cat("--key", "nothing:a=b", file("f15")).called().err())
                .contains("unknown key module \"nothing\"")
                .contains("passphrase");
        Result unknown = cat("--key", "passphrase:colour=red", file("f15"));
        assertThat(unknown.called().code()).isEqualTo(234);
        assertThat(unknown.called().err()).contains("no parameter \"colour\"").contains("passphrase_passwd_file");
    }

    private record Result(CommandResult called, String out) {}

    private static Result cat(String... arguments) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CommandResult called = CommandResult.with(new EcryptfsCat(out), arguments);
        return new Result(called, out.toString(StandardCharsets.ISO_8859_1));
    }

    private static String file(String name) {
        return trees.resolve("aes-16-plain").resolve(name).toString();
    }
}
