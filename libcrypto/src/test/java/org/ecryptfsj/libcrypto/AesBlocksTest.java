package org.ecryptfsj.libcrypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;

/** Vectors: NIST SP 800-38A, F.2.5 and F.3.13. */
class AesBlocksTest {
    private static final String KEY_128 = "2b7e151628aed2a6abf7158809cf4f3c";
    private static final String KEY_256 = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    private static final String PLAIN = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    private static final String CBC_256 = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d";

    private final AesBlocks aes = new AesBlocks();

    @Test
    void cfbEncryptsAndDecryptsAnyNumberOfBytes() {
        String cfb = "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b";
        try (Secret keyAndIv = secret(KEY_128 + "000102030405060708090a0b0c0d0e0f");
                Secret plain = secret(PLAIN);
                Secret part = secret(PLAIN.substring(0, 42))) {
            byte[] encrypted = aes.encryptCfb128(keyAndIv, plain);

            assertThat(HexFormat.of().formatHex(encrypted)).isEqualTo(cfb);
            assertThat(HexFormat.of().formatHex(aes.encryptCfb128(keyAndIv, part)))
                    .isEqualTo(cfb.substring(0, 42));
            try (Secret decrypted = aes.decryptCfb128(keyAndIv, encrypted)) {
                assertThat(decrypted.sameBytesAs(plain)).isTrue();
            }
        }
    }

    @Test
    void cbcEncryptsWithItsInitialisationVector() {
        byte[] iv = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");
        try (Secret key = secret(KEY_256);
                Secret plain = secret(PLAIN)) {
            assertThat(HexFormat.of().formatHex(aes.encryptCbc256(key, iv, plain)))
                    .isEqualTo(CBC_256);
        }
    }

    @Test
    void otherThanWholeBlocksAreRefused() {
        try (Secret key = secret(KEY_256);
                Secret odd = Secret.allocate(17)) {
            assertThatThrownBy(() -> aes.encryptCbc256(key, new byte[16], odd))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("17 bytes");
        }
    }

    private static Secret secret(String hex) {
        return Secret.takeBytes(HexFormat.of().parseHex(hex));
    }
}
