package org.ecryptfsj.libcrypto;

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

/** AES-GCM, against the JDK's. */
class AesGcmTest {
    private static final byte[] ASSOCIATED = {1, 2, 3};

    @Test
    void whatIsEncryptedIsDecrypted() {
        AesGcm cipher = new AesGcm();
        try (Secret key = cipher.randomSecret(AesGcm.KEY_BYTES);
                Secret plain = fileKey()) {
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
                Secret plain = fileKey()) {
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
                Secret plain = fileKey()) {
            assertThat(cipher.encrypt(key, ASSOCIATED, plain)).isNotEqualTo(cipher.encrypt(key, ASSOCIATED, plain));
        }
    }

    @Test
    void eachChangedBitIsDetected() {
        AesGcm cipher = new AesGcm();
        try (Secret key = cipher.randomSecret(AesGcm.KEY_BYTES);
                Secret other = cipher.randomSecret(AesGcm.KEY_BYTES);
                Secret plain = fileKey()) {
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

    @Test
    void messagesAndAssociatedBytesMayBeLongerThanTheBuffer() {
        AesGcm cipher = new AesGcm();
        byte[] associated = new byte[5000];
        try (Secret key = cipher.randomSecret(AesGcm.KEY_BYTES);
                Secret plain = cipher.randomSecret(3000)) {
            byte[] encrypted = cipher.encrypt(key, associated, plain);

            try (Secret opened = cipher.decrypt(key, associated, encrypted).orElseThrow()) {
                assertThat(opened.sameBytesAs(plain)).isTrue();
            }
            associated[4999] = 1;
            assertThat(cipher.decrypt(key, associated, encrypted)).isEmpty();
        }
    }

    @Test
    void aMessageThatIsTooShortIsRefused() {
        AesGcm cipher = new AesGcm();
        try (Secret key = cipher.randomSecret(AesGcm.KEY_BYTES)) {
            for (int size = 0; size <= AesGcm.OVERHEAD_BYTES; size++) {
                assertThat(cipher.decrypt(key, ASSOCIATED, new byte[size])).isEmpty();
            }
        }
    }

    private static Secret fileKey() {
        return Secret.takeBytes("file key".getBytes(StandardCharsets.US_ASCII));
    }
}
