package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.libcrypto.AesGcm;
import org.junit.jupiter.api.Test;

class KeyFileCipherTest {
    private static final byte[] ASSOCIATED = {1, 2, 3};

    private final AesGcm libcrypto = new AesGcm();

    @Test
    void theJavaRuntimeDecryptsWhatLibcryptoEncrypted() {
        try (Secret key = libcrypto.randomSecret(AesGcm.KEY_BYTES);
                Secret plain = libcrypto.randomSecret(77)) {
            byte[] message = libcrypto.encrypt(key, ASSOCIATED, plain);

            try (Secret byJava = KeyFileCipher.decryptInJava(key, ASSOCIATED, message)
                            .orElseThrow();
                    Secret byEither =
                            KeyFileCipher.decrypt(key, ASSOCIATED, message).orElseThrow()) {
                assertThat(byJava.sameBytesAs(plain)).isTrue();
                assertThat(byEither.sameBytesAs(plain)).isTrue();
            }
        }
    }

    @Test
    void whatWasChangedIsNotDecrypted() {
        try (Secret key = libcrypto.randomSecret(AesGcm.KEY_BYTES);
                Secret other = libcrypto.randomSecret(AesGcm.KEY_BYTES);
                Secret plain = libcrypto.randomSecret(5)) {
            byte[] message = libcrypto.encrypt(key, ASSOCIATED, plain);
            for (int at = 0; at < message.length; at++) {
                byte[] changed = message.clone();
                changed[at] ^= 1;
                assertThat(decrypted(key, ASSOCIATED, changed)).as("byte " + at).isEmpty();
            }
            assertThat(decrypted(key, new byte[] {1, 2}, message)).isEmpty();
            assertThat(decrypted(other, ASSOCIATED, message)).isEmpty();
            assertThat(decrypted(key, ASSOCIATED, new byte[AesGcm.OVERHEAD_BYTES - 1]))
                    .isEmpty();
        }
    }

    private static Optional<Secret> decrypted(Secret key, byte[] associated, byte[] message) {
        return KeyFileCipher.decryptInJava(key, associated, message);
    }

    /** RFC 5869, appendix A.1, the first block of the result. */
    @Test
    void aKeyIsDerivedAsTheStandardSays() {
        HexFormat hex = HexFormat.of();
        byte[] salt = hex.parseHex("000102030405060708090a0b0c");
        byte[] info = hex.parseHex("f0f1f2f3f4f5f6f7f8f9");
        try (Secret material = Secret.takeBytes(hex.parseHex("0b".repeat(22)));
                Secret expected = Secret.takeBytes(
                        hex.parseHex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
                Secret byJava = KeyFileCipher.deriveInJava(material, salt, info);
                Secret byEither = KeyFileCipher.derive(material, salt, info)) {
            assertThat(byJava.sameBytesAs(expected)).isTrue();
            assertThat(byEither.sameBytesAs(expected)).isTrue();
        }
    }
}
