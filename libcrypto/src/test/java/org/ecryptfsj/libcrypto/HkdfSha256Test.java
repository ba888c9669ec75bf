package org.ecryptfsj.libcrypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;

class HkdfSha256Test {
    /** RFC 5869, A.1 and A.2: the first block of each. */
    @Test
    void hkdfMakesTheKeysOfRfc5869() {
        assertThat(hkdf(
                        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                        "000102030405060708090a0b0c",
                        "f0f1f2f3f4f5f6f7f8f9"))
                .isEqualTo("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
        assertThat(hkdf(range(0x00, 0x50), range(0x60, 0xb0), range(0xb0, 0x100)))
                .isEqualTo("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c");
    }

    private static String hkdf(String material, String salt, String info) {
        try (Secret secret = Secret.takeBytes(HexFormat.of().parseHex(material));
                Secret key = new HkdfSha256()
                        .derive(
                                secret,
                                HexFormat.of().parseHex(salt),
                                HexFormat.of().parseHex(info))) {
            return hex(key);
        }
    }

    private static String range(int from, int to) {
        StringBuilder hex = new StringBuilder();
        for (int i = from; i < to; i++) {
            hex.append(String.format("%02x", i));
        }
        return hex.toString();
    }

    private static String hex(Secret secret) {
        byte[] bytes = new byte[secret.size()];
        secret.buffer().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
