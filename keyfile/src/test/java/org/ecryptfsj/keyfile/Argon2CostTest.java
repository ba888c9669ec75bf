package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;

class Argon2CostTest {
    /** A vector of the reference implementation (phc-winner-argon2, src/test.c). */
    @Test
    void argon2idMakesTheKeyOfTheReferenceImplementation() {
        try (Secret passphrase = TestFiles.secret("password");
                Secret key = new Argon2Cost(64 * 1024, 2, 1)
                        .derive(passphrase, "somesalt".getBytes(StandardCharsets.US_ASCII))) {
            assertThat(hex(key)).isEqualTo("09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
        }
    }

    private static String hex(Secret secret) {
        byte[] bytes = new byte[secret.size()];
        secret.buffer().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
