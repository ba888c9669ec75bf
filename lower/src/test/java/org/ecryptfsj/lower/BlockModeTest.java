package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlockModeTest {
    private static final int KEY_BYTES = 24;
    private static final int LENGTH = 64;

    private static CipherSpec spec(FileCipher cipher) {
        return new CipherSpec(cipher, cipher.takesKeyOf(KEY_BYTES) ? KEY_BYTES : 16);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static ByteBuffer decrypted(BlockMode blocks, byte[] encrypted) {
        ByteBuffer plain = ByteBuffer.allocateDirect(encrypted.length + 1);
        ByteBuffer direct = ByteBuffer.allocateDirect(encrypted.length + 2).put(2, encrypted);
        blocks.decryptCbc(direct, 2, encrypted.length, plain, 1);
        return plain;
    }

    @ParameterizedTest
    @EnumSource(FileCipher.class)
    void aClosedCipherInJavaHasAKeyOfZeros(FileCipher cipher) {
        byte[] iv = new byte[cipher.blockBytes()];
        byte[] encrypted = random(LENGTH);
        try (Secret secret = Secret.takeBytes(random(64));
                Secret zeros = Secret.allocate(64);
                BlockMode expected = BlockMode.inJava(spec(cipher), zeros)) {
            BlockMode blocks = BlockMode.inJava(spec(cipher), secret);
            blocks.beginCbc(iv);
            blocks.close();

            expected.beginCbc(iv);
            assertThat(decrypted(blocks, encrypted)).isEqualTo(decrypted(expected, encrypted));
            assertThatThrownBy(() -> blocks.beginCbc(iv)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> blocks.decryptEcb(encrypted)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aClosedCipherOfLibcryptoHasNoKey() {
        byte[] encrypted = random(LENGTH);
        try (Secret secret = Secret.takeBytes(random(16))) {
            BlockMode blocks = BlockMode.of(new CipherSpec(FileCipher.AES, 16), secret);
            blocks.beginCbc(new byte[16]);
            blocks.close();

            assertThatThrownBy(() -> decrypted(blocks, encrypted)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> blocks.beginCbc(new byte[16])).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> blocks.decryptEcb(encrypted)).isInstanceOf(IllegalStateException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 24, 32})
    void libcryptoAndJavaDecryptAlike(int keyBytes) {
        CipherSpec spec = new CipherSpec(FileCipher.AES, keyBytes);
        byte[] blocks = random(LENGTH);
        try (Secret secret = Secret.takeBytes(random(64));
                BlockMode libcrypto = BlockMode.of(spec, secret);
                BlockMode java = BlockMode.inJava(spec, secret)) {
            assertThat(libcrypto).isInstanceOf(LibcryptoBlockMode.class);
            for (byte[] iv : new byte[][] {random(16), new byte[16]}) {
                libcrypto.beginCbc(iv);
                java.beginCbc(iv);
                for (int part = 0; part < 2; part++) {
                    assertThat(decrypted(libcrypto, blocks)).isEqualTo(decrypted(java, blocks));
                }
            }
            try (Secret ofLibcrypto = libcrypto.decryptEcb(blocks);
                    Secret ofJava = java.decryptEcb(blocks)) {
                assertThat(ofLibcrypto.sameBytesAs(ofJava)).isTrue();
                assertThat(libcrypto.encryptEcb(ofJava)).isEqualTo(blocks);
                assertThat(java.encryptEcb(ofJava)).isEqualTo(blocks);
            }
        }
    }
}
