package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.junit.jupiter.api.Test;

class EncryptedNameTest {
    private static final Signature SIGNATURE = new Signature("0123456789abcdef");

    @Property(tries = 300)
    void whatWasEncryptedIsDecrypted(
            @ForAll("ciphers") CipherSpec cipher,
            @ForAll @Size(64) byte[] key,
            @ForAll @Size(min = 1, max = 300) byte[] plain)
            throws Exception {
        for (byte b : plain) {
            Assume.that(b != 0);
        }
        try (Secret fekek = Secret.takeBytes(key.clone())) {
            byte[] lower =
                    EncryptedName.encrypt(plain, SIGNATURE, cipher, fekek).lower();

            EncryptedName read = EncryptedName.read(lower);
            assertThat(read.signature()).isEqualTo(SIGNATURE);
            assertThat(read.decrypt(fekek, cipher.keyBytes())).isEqualTo(plain);
            assertThat(read.lower()).isEqualTo(lower);
        }
    }

    @Test
    void aNameCutShortIsRefused() {
        byte[] cut = (EncryptedName.PREFIX + "FWayVrRYlN446EWbI9xebc.gROZA7nOrN3iVKyYzS1NPOTwXpokbZXCqc")
                .getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> EncryptedName.read(cut))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessageContaining("not a multiple of 4");
    }

    @Provide
    Arbitrary<CipherSpec> ciphers() {
        return Arbitraries.of(FileCipher.values()).flatMap(cipher -> Arbitraries.integers()
                .between(5, 56)
                .filter(cipher::takesKeyOf)
                .map(bytes -> new CipherSpec(cipher, bytes)));
    }
}
