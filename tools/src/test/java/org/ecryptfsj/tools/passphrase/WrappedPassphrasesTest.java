package org.ecryptfsj.tools.passphrase;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files with one or two wrapped passphrases. */
class WrappedPassphrasesTest {
    private static final Path NO_HOME = Path.of("/nonexistent");

    @Test
    void twoPassphrasesOfAnyLengthAreRead() throws Exception {
        for (int length : List.of(1, 16, 17, 64)) {
            WrappedPassphraseV2 first = wrapped("x".repeat(length));
            WrappedPassphraseV2 second = wrapped("y".repeat(65 - length));

            assertThat(WrappedPassphrases.parse(joined(first.bytes(), second.bytes()), "file"))
                    .containsExactly(first, second);
        }
    }

    @Test
    void linesOfTextPrecedePassphrases() throws Exception {
        WrappedPassphraseV2 first = wrapped("content passphrase");
        byte[] text = "# contents,\n# then names\n".getBytes(UTF_8);

        assertThat(WrappedPassphrases.parse(joined(text, first.bytes()), "file"))
                .containsExactly(first);
        assertThat(WrappedPassphrases.parse(joined(text, first.bytes(), first.bytes()), "file"))
                .hasSize(2);
    }

    @Test
    void textAloneIsNoPassphrase() {
        assertThatThrownBy(() -> WrappedPassphrases.parse("# text without an end".getBytes(UTF_8), "file"))
                .isInstanceOf(PassphraseFailure.class)
                .hasMessage("file is not a wrapped passphrase: it has only 0 bytes");
    }

    @Property(tries = 50)
    void otherBytesAfterOnePassphraseAreIgnored(
            @ForAll @Size(max = 100) byte[] rest, @ForAll @IntRange(min = 1, max = 64) int length) throws Exception {
        WrappedPassphraseV2 one = wrapped("x".repeat(length));
        byte[] padded = joined(one.bytes(), new byte[80 - one.bytes().length % 80]);

        assertThat(WrappedPassphrases.parse(joined(padded, rest), "file")).hasSize(1);
    }

    @Test
    void aFileWithTwoIsRefusedWhereOneIsNeeded(@TempDir Path directory) throws Exception {
        Path file = Files.write(
                directory.resolve("two"),
                joined(wrapped("one").bytes(), wrapped("two").bytes()));

        assertThat(new WrappedPassphraseFile(file).readAll()).hasSize(2);
        assertThatThrownBy(() -> new WrappedPassphraseFile(file).read())
                .isInstanceOf(PassphraseFailure.class)
                .hasMessage(file + " contains two wrapped passphrases, one for contents and one for file names");
    }

    private static WrappedPassphraseV2 wrapped(String passphrase) throws Exception {
        try (KeyModules modules = InstalledKeyModules.discover();
                Secret kept = Secret.takeBytes(passphrase.getBytes(UTF_8));
                Secret key = Secret.takeBytes("login".getBytes(UTF_8))) {
            return new PassphraseWrapper(new PassphraseTokens(modules), NO_HOME).wrap(kept, key);
        }
    }

    private static byte[] joined(byte[]... parts) throws IOException {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.write(part);
        }
        return joined.toByteArray();
    }
}
