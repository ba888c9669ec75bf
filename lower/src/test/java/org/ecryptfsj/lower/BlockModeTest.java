package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockModeTest {
    private static final int KEY_BYTES = 24;
    private static final int LENGTH = 64;

    private static CipherSpec spec(FileCipher cipher) {
        return new CipherSpec(cipher, cipher.takesKeyOf(KEY_BYTES) ? KEY_BYTES : 16);
    }

    private static byte[] decrypted(BlockMode blocks, byte[] encrypted) {
        byte[] plain = new byte[LENGTH];
        blocks.decryptCbc(encrypted, 0, LENGTH, plain, 0);
        return plain;
    }

    @ParameterizedTest
    @EnumSource(FileCipher.class)
    void aClosedCipherHasAKeyOfZeros(FileCipher cipher) {
        byte[] iv = new byte[cipher.blockBytes()];
        byte[] bytes = new byte[64];
        byte[] encrypted = new byte[LENGTH];
        Random random = new Random(7);
        random.nextBytes(bytes);
        random.nextBytes(encrypted);
        try (Secret secret = Secret.takeBytes(bytes);
                Secret zeros = Secret.allocate(64);
                BlockMode expected = BlockMode.of(spec(cipher), zeros)) {
            BlockMode blocks = BlockMode.of(spec(cipher), secret);
            blocks.beginCbc(iv);
            blocks.close();

            expected.beginCbc(iv);
            assertThat(decrypted(blocks, encrypted)).isEqualTo(decrypted(expected, encrypted));
            assertThatThrownBy(() -> blocks.beginCbc(iv)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> blocks.ecb(false, encrypted)).isInstanceOf(IllegalStateException.class);
        }
    }
}
