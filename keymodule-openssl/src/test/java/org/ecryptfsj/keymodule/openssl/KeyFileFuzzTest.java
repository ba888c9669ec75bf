package org.ecryptfsj.keymodule.openssl;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.ecryptfsj.keymodule.KeyBlob;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.keymodule.KeyModuleException.Reason;
import org.ecryptfsj.keymodule.Secret;

/** Any bytes as a token's blob or as a key file are one, or are refused with a reason. */
class KeyFileFuzzTest {
    private static final PemKeyFile FILE = new PemKeyFile(Path.of("key.pem"));

    @FuzzTest
    void blobs(byte[] bytes) throws KeyModuleException {
        KeyFileBlob read;
        try (KeyBlob blob = KeyBlob.takeBytes(bytes)) {
            read = KeyFileBlob.parse(blob);
        } catch (KeyModuleException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_DATA);
            return;
        }
        try (read;
                KeyBlob written = read.blob();
                KeyFileBlob again = KeyFileBlob.parse(written)) {
            assertThat(again.path()).isEqualTo(read.path());
            assertThat(again.passphrase().sameBytesAs(read.passphrase())).isTrue();
        } catch (KeyModuleException e) {
            // Bytes that are not UTF-8 become longer when they are decoded and encoded again.
            assertThat(e.reason()).isEqualTo(Reason.BAD_PARAMETER);
            assertThat(read.path()).contains("\ufffd");
        }
    }

    @FuzzTest
    void keyFiles(byte[] bytes) {
        try (Secret passphrase = Secret.takeBytes("secret".getBytes(StandardCharsets.US_ASCII))) {
            RsaKey key = FILE.load(bytes, passphrase);
            assertThat(key.bits()).isPositive();
            assertThat(key.signature()).isEqualTo(key.signature());
        } catch (KeyModuleException e) {
            assertThat(e.reason())
                    .isIn(Reason.BAD_DATA, Reason.BAD_PARAMETER, Reason.AUTHENTICATION, Reason.UNSUPPORTED);
        }
    }
}
