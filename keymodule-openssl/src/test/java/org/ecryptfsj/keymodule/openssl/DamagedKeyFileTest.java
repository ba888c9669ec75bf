package org.ecryptfsj.keymodule.openssl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotBlank;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;

/** Any bytes as a blob, and any damage to a key file, end in a key module's own exception. */
class DamagedKeyFileTest {
    private final byte[] pem = vectorKey();

    @Property(tries = 2000)
    void anyBytesAreABlobOrBadData(@ForAll @Size(max = 40) byte[] bytes) {
        try (KeyBlob blob = KeyBlob.takeBytes(bytes);
                KeyFileBlob read = KeyFileBlob.parse(blob)) {
            assertThat(read.path()).isNotEmpty();
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_DATA);
        }
    }

    @Property(tries = 500)
    void whatIsWrittenIsReadAgain(
            @ForAll @NotBlank @AlphaChars String path, @ForAll @AlphaChars @StringLength(max = 70) String passphrase)
            throws KeyModuleException {
        try (KeyFileBlob written = new KeyFileBlob(path, secret(passphrase));
                KeyBlob blob = written.blob();
                KeyFileBlob read = KeyFileBlob.parse(blob)) {
            assertThat(read.path()).isEqualTo(path);
            assertThat(read.passphrase().sameBytesAs(written.passphrase())).isTrue();
        }
    }

    @Property(tries = 300)
    void aDamagedKeyFileIsReadOrRefused(
            @ForAll @IntRange(max = 1700) int place, @ForAll byte with, @ForAll @IntRange(max = 3) int cut)
            throws IOException {
        byte[] damaged = pem.clone();
        damaged[place % damaged.length] = with;
        int length = cut == 0 ? place % damaged.length : damaged.length;
        Path file = Files.createTempFile("damaged", ".pem");
        try (Secret passphrase = secret("secret")) {
            Files.write(file, Arrays.copyOf(damaged, length));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            new PemKeyFile(file).load(passphrase);
        } catch (KeyModuleException e) {
            assertThat(e.reason())
                    .isIn(Reason.BAD_DATA, Reason.BAD_PARAMETER, Reason.AUTHENTICATION, Reason.UNSUPPORTED);
        } finally {
            Files.delete(file);
        }
    }

    private static Secret secret(String text) {
        return Secret.takeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] vectorKey() {
        try (InputStream in = DamagedKeyFileTest.class.getResourceAsStream("vector-key.pem")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
