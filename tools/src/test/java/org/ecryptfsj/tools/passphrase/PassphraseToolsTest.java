package org.ecryptfsj.tools.passphrase;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.linux.Keyctl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as scripts and people use them. Signatures are golden: made by ecryptfs-utils 111. */
class PassphraseToolsTest {
    private static final String FEKEK = "d395309aaad4de06";
    private static final String FNEK = "be877764c5918621";
    private static final String VERSION_1 =
            "306261376134393732663535303563630e422568998315eda22d9ada85f15fd8"; // test, wrapped with wrap by
    // ecryptfs-utils 111

    @TempDir
    Path home;

    private ScriptedDialogue desk;
    private String file;

    @BeforeEach
    void wrapTest() throws Exception {
        desk = new ScriptedDialogue(home);
        file = home.resolve("wrapped").toString();
        assertThat(desk.run(WrapPassphrase::new, "test\nwrap\n", file, "-"))
                .isEqualTo(new ScriptedDialogue.Run(0, "", ""));
    }

    @AfterEach
    void forgetKeys() throws Exception {
        UserKeyring keyring = new UserKeyring();
        keyring.unlink(new Signature(FEKEK));
        keyring.unlink(new Signature(FNEK));
    }

    @Test
    void aWrappedPassphraseIsPrintedByteByByte() throws Exception {
        byte[] lines = "g\u00fc\u00ff \u00e4\nw\u00f6\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(desk.run(WrapPassphrase::new, lines, file, "-").exitCode()).isZero();

        assertThat(desk.run(UnwrapPassphrase::new, "w\u00f6".getBytes(StandardCharsets.ISO_8859_1), file, "-"))
                .isEqualTo(new ScriptedDialogue.Run(0, "g\u00fc\u00ff \u00e4\n", ""));
    }

    @Test
    void onlyTheOwnerMayReadWhatIsWritten() throws Exception {
        assertThat(Files.getPosixFilePermissions(Path.of(file)))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void questionsAreThoseOfTheCTools() throws Exception {
        assertThat(desk.run(WrapPassphrase::new, "a\nb\n", file).output())
                .isEqualTo("Passphrase to wrap: \nWrapping passphrase: \n");
        assertThat(desk.run(RewrapPassphrase::new, "b\nc\nc\n", file).output())
                .isEqualTo("Old wrapping passphrase: \nNew wrapping passphrase: \nNew wrapping passphrase (again): \n");
        assertThat(desk.run(UnwrapPassphrase::new, "c\n", file).output()).isEqualTo("Passphrase: \na\n");
    }

    @Test
    void aWrongWrappingPassphraseIsToldAsTheCToolDoesAndWithTheReason() throws Exception {
        ScriptedDialogue.Run run = desk.run(UnwrapPassphrase::new, "wrong", file, "-");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors())
                .startsWith("Error: Unwrapping passphrase failed [-5]\nInfo: wrong wrapping passphrase for " + file)
                .contains("What to do: ");
    }

    @Test
    void withoutAFileTheUsualOneIsMissed() throws Exception {
        ScriptedDialogue.Run run = desk.run(UnwrapPassphrase::new, "wrap");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains("failed [-2]").contains(".ecryptfs/wrapped-passphrase cannot be read");
    }

    @Test
    void anEndedInputNeverPrintsWhatCouldBeTakenForAPassphrase() throws Exception {
        ScriptedDialogue.Run run = desk.run(UnwrapPassphrase::new, "", file, "-");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("the input has ended");
    }

    @Test
    void rewrappingTurnsAFileOfVersion1IntoOneOfVersion2() throws Exception {
        Files.write(Path.of(file), HexFormat.of().parseHex(VERSION_1));

        assertThat(desk.run(RewrapPassphrase::new, "wrap\nnew\n", "--json", file, "-"))
                .isEqualTo(new ScriptedDialogue.Run(
                        0, "{\"file\":\"" + file + "\",\"version_before\":1,\"version\":2}\n", ""));
        assertThat(Files.readAllBytes(Path.of(file))).startsWith(':', 2);
        assertThat(desk.run(UnwrapPassphrase::new, "new", file, "-").output()).isEqualTo("test\n");
    }

    @Test
    void theSaltOfTheDefaultsFileOpensWhatWasMadeWithIt() throws Exception {
        Files.write(Path.of(file), HexFormat.of().parseHex(VERSION_1));
        Files.writeString(home.resolve(".ecryptfsrc"), "salt=aabbccddeeff0011\n");

        ScriptedDialogue.Run run = desk.run(UnwrapPassphrase::new, "wrap", file, "-");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains("salt that ~/.ecryptfsrc had");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wrong\nnew\n",
                "wrap\n\n",
                "wrap\n",
                "wrap\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
            })
    void aRewrapThatFailsChangesNothing(String input) throws Exception {
        byte[] before = Files.readAllBytes(Path.of(file));

        assertThat(desk.run(RewrapPassphrase::new, input, file, "-").exitCode()).isEqualTo(1);

        assertThat(Files.readAllBytes(Path.of(file))).isEqualTo(before);
        try (Stream<Path> files = Files.list(home)) {
            assertThat(files).containsExactly(Path.of(file));
        }
    }

    @Test
    void newWrappingPassphrasesThatDifferAreRefused() throws Exception {
        ScriptedDialogue.Run run = desk.run(RewrapPassphrase::new, "wrap\none\ntwo\n", file);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains("New wrapping passphrases do not match");
    }

    @Test
    void aPassphraseOfTheCommandLineIsTakenWithAWarningThatDoesNotShowIt() throws Exception {
        ScriptedDialogue.Run run = desk.run(UnwrapPassphrase::new, "", file, "wrap");

        assertThat(run.exitCode()).isZero();
        assertThat(run.output()).isEqualTo("test\n");
        assertThat(run.errors())
                .contains("can see a passphrase on the command line")
                .doesNotContain("wrap\n");
    }

    @Test
    void aFileOthersMayReadIsWarnedAboutWhenItsKeysAreInserted() throws Exception {
        Files.setPosixFilePermissions(Path.of(file), PosixFilePermissions.fromString("rw-r--r--"));

        ScriptedDialogue.Run run = desk.run(InsertWrappedPassphrase::new, "wrap", file, "-");

        assertThat(run.exitCode()).isZero();
        assertThat(run.output())
                .isEqualTo("Inserted auth tok with sig [" + FEKEK + "] into the user session keyring\n");
        assertThat(run.errors()).contains("chmod 600 " + file);
    }

    @Test
    void anEmptyPassphraseHasTheNumbersOfTheCTools() throws Exception {
        assertThat(desk.run(WrapPassphrase::new, "\nwrap\n", file, "-").errors())
                .startsWith("Error: Wrapping passphrase failed [-5]\n");
        assertThat(desk.run(WrapPassphrase::new, "test\n\n", file, "-").errors())
                .startsWith("Error: Wrapping passphrase failed [-22]\n");
        assertThat(desk.run(AddPassphrase::new, "\n", "-").errors())
                .startsWith("Error: Inserting key into the user session keyring failed [-22]\n");
    }

    @Test
    void argumentsThatDoNotFitAreRefusedBeforeAnythingIsAsked() throws Exception {
        assertThat(desk.run(AddPassphrase::new, "test", "test").exitCode()).isEqualTo(1);
        assertThat(desk.run(WrapPassphrase::new, "a\nb\n", file, "a").exitCode())
                .isEqualTo(1);
        assertThat(desk.run(UnwrapPassphrase::new, "wrap", file, "wrap", "more").output())
                .isEmpty();
    }

    @Test
    void theKeyringHoldsTheSameBytesAsAfterTheCTools() throws Exception {
        Keyctl.joinNewSession();
        new UserKeyring().linkIntoSession();
        CTools c = new CTools(Files.createDirectory(home.resolve("c")));
        assertThat(c.run(
                                "wrap".getBytes(StandardCharsets.US_ASCII),
                                "/usr/bin/ecryptfs-insert-wrapped-passphrase-into-keyring",
                                file,
                                "-")
                        .exitCode())
                .isZero();
        String fekek = c.run(new byte[0], "keyctl", "pipe", "%user:" + FEKEK).output();
        String fnek = c.run(new byte[0], "keyctl", "pipe", "%user:" + FNEK).output();
        assertThat(fekek).hasSize(740);
        forgetKeys();

        ScriptedDialogue.Run run = desk.run(InsertWrappedPassphrase::new, "wrap", "--json", file, "-");

        assertThat(run.output()).isEqualTo("{\"sig\":\"" + FEKEK + "\",\"fnek_sig\":\"" + FNEK + "\"}\n");
        assertThat(c.run(new byte[0], "keyctl", "pipe", "%user:" + FEKEK).output())
                .isEqualTo(fekek);
        assertThat(c.run(new byte[0], "keyctl", "pipe", "%user:" + FNEK).output())
                .isEqualTo(fnek);
    }

    @Test
    void aKeyThatIsThereIsNoFailure() throws Exception {
        assertThat(desk.run(AddPassphrase::new, "test\n")).isEqualTo(desk.run(AddPassphrase::new, "test\n"));
        assertThat(desk.run(AddPassphrase::new, "test", "--json", "-"))
                .isEqualTo(new ScriptedDialogue.Run(0, "{\"sig\":\"" + FEKEK + "\"}\n", ""));
    }
}
