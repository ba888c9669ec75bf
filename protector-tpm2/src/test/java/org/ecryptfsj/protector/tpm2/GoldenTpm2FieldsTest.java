package org.ecryptfsj.protector.tpm2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Properties;
import java.util.UUID;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.JsonObject;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Fields of version 1 stay readable. {@code golden-fields.properties} was written by the first version of this program that had the
 * format, with the chip whose memory is {@code golden-chip}; the properties say for which PIN and which file.
 */
@Timeout(60)
class GoldenTpm2FieldsTest {
    @Test
    void theChipUnsealsWhatItSealed() throws Exception {
        Properties golden = new Properties();
        golden.load(resource("golden-fields.properties"));
        JsonObject fields = JsonObject.empty()
                .with("parent", golden.getProperty("parent"))
                .with("primary", golden.getProperty("primary"))
                .with("endorsement", golden.getProperty("endorsement"))
                .with("bank", "sha256")
                .with(
                        "pcrs",
                        JsonObject.empty().with("0", golden.getProperty("pcr0")).with("7", golden.getProperty("pcr7")))
                .with("pin", true)
                .with("recheck", 5)
                .with("public", HexFormat.of().parseHex(golden.getProperty("public")))
                .with("private", HexFormat.of().parseHex(golden.getProperty("private")));
        ProtectorContext context = new ProtectorContext(UUID.fromString(golden.getProperty("file")), "");

        try (SoftwareTpm2 tpm =
                        SoftwareTpm2.startMeasured(resource("golden-chip").readAllBytes());
                Tpm2Protector protector = tpm.protector();
                Secret fileKey = protector.unprotect(fields, context, answer(golden.getProperty("pin")))) {
            assertThat(fileKey.<String, RuntimeException>onHeap(
                            bytes -> HexFormat.of().formatHex(bytes)))
                    .isEqualTo(golden.getProperty("fileKey"));
        }
    }

    private static InputStream resource(String name) throws IOException {
        return GoldenTpm2FieldsTest.class.getResourceAsStream(name);
    }

    private static Prompter answer(String pin) {
        return new Prompter() {
            @Override
            public int attempts() {
                return 1;
            }

            @Override
            public Secret ask(Question question) {
                return Secret.takeBytes(pin.getBytes(StandardCharsets.US_ASCII));
            }
        };
    }
}
