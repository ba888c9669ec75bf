package org.ecryptfsj.tools.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keyring.UserKeyring;
import org.ecryptfsj.tools.command.ScriptedTerminal;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the real keyring; what was added is taken out again. */
class KeyMenuTest {
    private static final Pattern ADDED = Pattern.compile("Added key to keyring with signature \\[([0-9a-f]{16})]\\.");

    private final PrintStream systemOut = System.out;
    private final PrintStream systemErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void releaseAndForgetTheKeys() throws Exception {
        System.setOut(systemOut);
        System.setErr(systemErr);
        Matcher added = ADDED.matcher(out());
        while (added.find()) {
            new UserKeyring().unlink(new Signature(added.group(1)));
        }
    }

    @Test
    void theMenuIsTheCToolsAndItsFourthEntryLeavesIt() throws Exception {
        assertThat(typed("4\n")).isZero();
        assertThat(out())
                .isEqualTo(
                        """

                        eCryptfs key management menu
                        -------------------------------
                        \t1. Add passphrase key to keyring
                        \t2. Add public key to keyring
                        \t3. Generate new public/private keypair
                        \t4. Exit

                        """);
    }

    @Test
    void aPassphraseIsAddedOnceAndThenKnown() throws Exception {
        String answers = "1\nof the manager's test\nof the manager's test\n";

        assertThat(typed(answers + answers + "4\n")).isZero();
        assertThat(out()).containsPattern(ADDED).containsOnlyOnce("That key was already in the keyring.");
    }

    @Test
    void theExitCodeIsThatOfTheLastEntry() throws Exception {
        assertThat(typed("1\none\nanother\nnothing\n\n4\n")).isEqualTo(234);
        assertThat(err()).contains("Passphrase mismatch. Aborting mount");
    }

    @Test
    void anEmptyPassphraseIsRefused() throws Exception {
        assertThat(typed("1\n\n4\n")).isEqualTo(234);
        assertThat(err()).contains("Invalid passphrase. Aborting mount.");
    }

    @Test
    void theEndOfTheInputEndsTheMenu() {
        assertThat(catchThrowableOfType(ToolFailure.class, () -> typed("9\n")))
                .hasMessageContaining("the input ended in the menu");
    }

    @Test
    void aKeyFileIsGeneratedAndItsKeyAdded() throws Exception {
        Path file = directory.resolve("new/key.pem");

        assertThat(typed("3\n" + file + "\nsecret\nsecret\n2\nopenssl\n" + file + "\n\nsecret\n4\n"))
                .isZero();
        assertThat(file).exists();
        assertThat(out())
                .contains("mount with key=openssl:openssl_keyfile=" + file)
                .contains("Returning to main menu")
                .containsPattern(ADDED);
    }

    @Test
    void thePassphraseMayBeNamedByItsFile() throws Exception {
        Path file = directory.resolve("key.pem");
        Path passphrase = Files.writeString(directory.resolve("passphrase"), "openssl_passwd=secret\n");
        Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-------"));

        assertThat(typed("3\n" + file + "\nsecret\nsecret\n2\n2\n" + file + "\n2\n" + passphrase + "\n4\n"))
                .isZero();
        assertThat(out()).containsPattern(ADDED);
    }

    @Test
    void aNewKeyFilesPassphraseTypedDifferentlyMakesNoFile() throws Exception {
        Path file = directory.resolve("key.pem");

        assertThat(typed("3\n" + file + "\nsecret\nsecrets\n4\n")).isEqualTo(234);
        assertThat(file).doesNotExist();
        assertThat(err()).contains("differ");
    }

    @Test
    void aWrongPassphraseAddsNothing() throws Exception {
        Path file = directory.resolve("key.pem");

        assertThat(typed("3\n" + file + "\nsecret\nsecret\n2\nopenssl\n" + file + "\n1\nwrong\n4\n"))
                .isEqualTo(234);
        assertThat(err()).contains("the passphrase of the key file " + file + " is wrong");
        assertThat(out()).doesNotContain("Added");
    }

    private int typed(String answers) throws Exception {
        try (ScriptedTerminal typed = new ScriptedTerminal(directory, answers)) {
            return new KeyMenu(typed.terminal()).run(List.of());
        }
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
