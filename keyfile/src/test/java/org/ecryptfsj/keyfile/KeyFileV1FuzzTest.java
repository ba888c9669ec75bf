package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.JsonReader;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.Protectors;

/** Any bytes are read, or are refused with the parser's own exception. */
class KeyFileV1FuzzTest {
    @FuzzTest
    void keyFiles(byte[] bytes) throws KeyFileException {
        KeyFile file;
        try {
            file = KeyFile.parse(bytes);
        } catch (KeyFileException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return;
        }
        assertThat(file.protectors()).isNotEmpty();
        try (Protectors protectors = Protectors.of(new PassphraseProtector(), new RecoveryProtector())) {
            Unlocker unlocker = new Unlocker(protectors, Prompter.nobody(), failure -> {});
            file.protectors()
                    .forEach(entry ->
                            assertThat(unlocker.state(file, entry).binding()).isNotEmpty());
        }
        byte[] rewritten = file.document().indented().getBytes(StandardCharsets.UTF_8);
        if (rewritten.length <= KeyFileV1.MOST_FILE_BYTES) {
            assertThat(KeyFile.parse(rewritten).document()).isEqualTo(file.document());
        }
    }

    @FuzzTest
    void json(byte[] bytes) throws MalformedFieldException {
        JsonObject read;
        try {
            read = JsonReader.read(bytes);
        } catch (MalformedFieldException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return;
        }
        byte[] canonical = read.canonical();
        assertThat(JsonReader.read(canonical).canonical()).isEqualTo(canonical);
    }

    @FuzzTest
    void recoveryCodes(byte[] bytes) {
        try (Secret typed = Secret.takeBytes(bytes.length > 1024 ? new byte[0] : bytes);
                Secret random = RecoveryCode.decode(typed)) {
            assertThat(random.size()).isEqualTo(RecoveryCode.BYTES);
        } catch (ProtectorException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }
}
