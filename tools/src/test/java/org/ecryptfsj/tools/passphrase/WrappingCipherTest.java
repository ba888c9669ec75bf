package org.ecryptfsj.tools.passphrase;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;

class WrappingCipherTest {
    /** With and without libcrypto the same file is written, and read. */
    @Test
    void libcryptoAndTheJavaRuntimeWrapAlike() {
        try (Secret key = Secret.takeBytes(new byte[64]);
                Secret padded =
                        Secret.takeBytes(HexFormat.of().parseHex("00112233445566778899aabbccddeeff".repeat(2)))) {
            byte[] encrypted = WrappingCipher.encrypt(key, padded);

            assertThat(WrappingCipher.encryptInJava(key, padded)).isEqualTo(encrypted);
            try (Secret one = WrappingCipher.decrypt(key, encrypted);
                    Secret other = WrappingCipher.decryptInJava(key, encrypted)) {
                assertThat(one.sameBytesAs(padded)).isTrue();
                assertThat(other.sameBytesAs(padded)).isTrue();
            }
        }
    }
}
