package org.ecryptfsj.keyfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;

/** The ciphers of key files, against published vectors and other programs of the same. */
class CryptographyTest {
    private static final byte[] ASSOCIATED = {1, 2, 3};

    @Test
    void whatIsEncryptedIsDecrypted() {
        AesGcm cipher = new AesGcm();
        try (Secret key = cipher.randomSecret(AesGcm.KEY_BYTES);
                Secret plain = TestFiles.secret("file key")) {
            byte[] encrypted = cipher.encrypt(key, ASSOCIATED, plain);

            assertThat(encrypted).hasSize(plain.size() + AesGcm.OVERHEAD_BYTES);
            try (Secret opened = cipher.decrypt(key, ASSOCIATED, encrypted).orElseThrow()) {
                assertThat(opened.sameBytesAs(plain)).isTrue();
            }
        }
    }

    @Test
    void theJdksCipherDecryptsIt() throws Exception {
        byte[] key = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        byte[] encrypted;
        try (Secret secret = Secret.takeBytes(key.clone());
                Secret plain = TestFiles.secret("file key")) {
            encrypted = new AesGcm().encrypt(secret, ASSOCIATED, plain);
        }

        Cipher jdk = Cipher.getInstance("AES/GCM/NoPadding");
        jdk.init(
                Cipher.DECRYPT_MODE,
                new SecretKeySpec(key, "AES"),
                new GCMParameterSpec(128, Arrays.copyOf(encrypted, 12)));
        jdk.updateAAD(ASSOCIATED);
        assertThat(jdk.doFinal(encrypted, 12, encrypted.length - 12)).asString().isEqualTo("file key");
    }

    @Test
    void eachRunTakesANewNonce() {
        AesGcm cipher = new AesGcm();
        try (Secret key = cipher.randomSecret(AesGcm.KEY_BYTES);
                Secret plain = TestFiles.secret("file key")) {
            assertThat(cipher.encrypt(key, ASSOCIATED, plain)).isNotEqualTo(cipher.encrypt(key, ASSOCIATED, plain));
        }
    }

    @Test
    void eachChangedBitIsDetected() {
        AesGcm cipher = new AesGcm();
        try (Secret key = cipher.randomSecret(AesGcm.KEY_BYTES);
                Secret other = cipher.randomSecret(AesGcm.KEY_BYTES);
                Secret plain = TestFiles.secret("file key")) {
            byte[] encrypted = cipher.encrypt(key, ASSOCIATED, plain);
            for (int bit = 0; bit < encrypted.length * 8; bit++) {
                byte[] changed = encrypted.clone();
                changed[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(cipher.decrypt(key, ASSOCIATED, changed)).isEqualTo(Optional.empty());
            }
            assertThat(cipher.decrypt(key, new byte[] {1, 2}, encrypted)).isEmpty();
            assertThat(cipher.decrypt(other, ASSOCIATED, encrypted)).isEmpty();
        }
    }

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

    /** A vector of the reference implementation (phc-winner-argon2, src/test.c). */
    @Test
    void argon2idMakesTheKeyOfTheReferenceImplementation() {
        try (Secret passphrase = TestFiles.secret("password");
                Secret key = new Argon2Cost(64 * 1024, 2, 1)
                        .derive(passphrase, "somesalt".getBytes(StandardCharsets.US_ASCII))) {
            assertThat(hex(key)).isEqualTo("09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
        }
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
