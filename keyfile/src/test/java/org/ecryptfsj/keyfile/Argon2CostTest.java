package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
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

    /** With and without the library the same key file is unlocked. */
    @Property(tries = 12)
    void libargon2AndBouncyCastleDeriveTheSameKey(
            @ForAll @Size(min = 1, max = 100) byte[] passphrase,
            @ForAll @IntRange(min = 1, max = 4) int lanes,
            @ForAll @IntRange(min = 1, max = 3) int passes) {
        Argon2Cost cost = new Argon2Cost(64 * lanes, passes, lanes);
        byte[] salt = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
        try (Secret secret = Secret.takeBytes(passphrase.clone());
                Secret key = cost.derive(secret, salt);
                Secret inJava = cost.deriveInJava(secret, salt)) {
            assertThat(LibArgon2.installed()).isPresent();
            assertThat(key.sameBytesAs(inJava)).isTrue();
        }
    }

    private static String hex(Secret secret) {
        byte[] bytes = new byte[secret.size()];
        secret.buffer().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
