package org.ecryptfsj.libcrypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vectors: NIST SP 800-38A, F.1 and F.2. */
class AesCipherTest {
    private static final String KEY_128 = "2b7e151628aed2a6abf7158809cf4f3c";
    private static final String IV = "000102030405060708090a0b0c0d0e0f";
    private static final String PLAIN = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";

    @ParameterizedTest
    @CsvSource({
        KEY_128 + ",3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf",
        "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b,bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef",
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4,"
                + "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"
    })
    void ecbWithEachSizeOfKey(String keyHex, String encryptedHex) {
        try (Secret key = secret(keyHex);
                AesCipher aes = new AesCipher(key);
                Secret plain = secret(PLAIN);
                Secret expected = secret(encryptedHex);
                Secret encrypted = aes.ecb(true, plain);
                Secret decrypted = aes.ecb(false, encrypted)) {
            assertThat(encrypted.sameBytesAs(expected)).isTrue();
            assertThat(decrypted.sameBytesAs(plain)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        KEY_128 + ",7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
        "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b,4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a",
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4,"
                + "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
    })
    void cbcDecryptsWithEachSizeOfKeyInAnyPartsAndBeginsAgain(String keyHex, String encryptedHex) {
        ByteBuffer encrypted = direct(encryptedHex);
        ByteBuffer plain = ByteBuffer.allocateDirect(32);
        try (Secret key = secret(keyHex);
                AesCipher aes = new AesCipher(key)) {
            aes.beginCbc(direct(IV));
            aes.decryptCbc(encrypted, 16, plain);
            aes.decryptCbc(encrypted.slice(16, 16), 16, plain.slice(16, 16));
            assertThat(plain).isEqualTo(direct(PLAIN));

            aes.beginCbc(direct(IV));
            aes.decryptCbc(encrypted, 32, plain.put(0, new byte[32]));
            assertThat(plain).isEqualTo(direct(PLAIN));
        }
    }

    @Test
    void nothingIsDecryptedWithoutAnInitializationVectorOrAfterItIsClosed() {
        ByteBuffer block = ByteBuffer.allocateDirect(16);
        try (Secret key = secret(KEY_128)) {
            AesCipher aes = new AesCipher(key);
            assertThatThrownBy(() -> aes.decryptCbc(block, 16, block.duplicate()))
                    .isInstanceOf(IllegalStateException.class);
            aes.beginCbc(direct(IV));
            aes.close();
            assertThatThrownBy(() -> aes.decryptCbc(block, 16, block.duplicate()))
                    .isInstanceOf(IllegalStateException.class);
            aes.close();
        }
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeLibcryptoSeesIt() {
        try (Secret key = secret(KEY_128);
                Secret odd = Secret.allocate(17);
                AesCipher aes = new AesCipher(key)) {
            aes.beginCbc(direct(IV));
            assertThatThrownBy(() -> aes.decryptCbc(direct(PLAIN), 32, ByteBuffer.allocateDirect(16)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> aes.decryptCbc(direct(IV), 32, ByteBuffer.allocateDirect(32)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new AesCipher(odd)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static ByteBuffer direct(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
    }

    private static Secret secret(String hex) {
        return Secret.takeBytes(HexFormat.of().parseHex(hex));
    }
}
