package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.Random;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileKeyTest {
    private static final Signature SIGNATURE = new Signature("0123456789abcdef");

    private static FileKey key(FileCipher cipher, int keyBytes) {
        byte[] bytes = new byte[keyBytes];
        new Random(keyBytes).nextBytes(bytes);
        return new FileKey(new CipherSpec(cipher, keyBytes), Secret.takeBytes(bytes));
    }

    private static Secret fekek() {
        byte[] bytes = new byte[64];
        new Random(64).nextBytes(bytes);
        return Secret.takeBytes(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "AES, 16, 16",
        "AES, 24, 32",
        "AES, 32, 32",
        "DES3_EDE, 24, 24",
        "CAST5, 8, 8",
        "CAST5, 16, 16",
        "BLOWFISH, 56, 56",
        "CAST6, 16, 16"
    })
    void anEncryptedKeyHasWholeBlocksAndIsDecryptedByThePassphrasesKey(FileCipher cipher, int keyBytes, int encrypted)
            throws Exception {
        try (Secret fekek = fekek();
                FileKey key = key(cipher, keyBytes)) {
            KeyPacket.PassphrasePacket packet = key.encrypt(SIGNATURE, Salt.DEFAULT, fekek);

            assertThat(packet.signature()).isEqualTo(SIGNATURE);
            assertThat(packet.salt()).isEqualTo(Salt.DEFAULT);
            assertThat(packet.encryptedKey().size()).isEqualTo(encrypted);
            try (FileKey decrypted = FileKey.decrypt(packet, fekek)) {
                assertThat(decrypted.isSameAs(key)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"CAST5, 5", "CAST5, 15", "CAST6, 20", "TWOFISH, 24"})
    void aKeyThatIsNoMultipleOfTheBlockSizeHasNoPacket(FileCipher cipher, int keyBytes) {
        try (Secret fekek = fekek();
                FileKey key = key(cipher, keyBytes)) {
            assertThatThrownBy(() -> key.encrypt(SIGNATURE, Salt.DEFAULT, fekek))
                    .isInstanceOf(WrongKeyException.class)
                    .hasMessage("a file key for " + cipher.kernelName() + ", " + keyBytes
                            + "-byte key is no multiple of its block size: a passphrase cannot hold it");
        }
    }

    @Test
    void thePayloadOfAModuleIsTheCipherCodeTheKeyAndItsSum() throws Exception {
        byte[] bytes = HexFormat.of().parseHex("ff".repeat(15) + "02");
        try (FileKey key = new FileKey(new CipherSpec(FileCipher.AES, 16), Secret.takeBytes(bytes));
                Secret payload = key.payload();
                FileKey read = FileKey.ofPayload(payload)) {
            assertThat(payload.<String, RuntimeException>onHeap(HexFormat.of()::formatHex))
                    .isEqualTo("07" + "ff".repeat(15) + "02" + "0ef3");
            assertThat(read.isSameAs(key)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"070000, wrong checksum", "0700, wrong checksum", "07010002, wrong checksum", "07010001, not support"})
    void aPayloadWithoutAKeyAWrongSumAndAnImpossibleKeyAreRefused(String payload, String problem) {
        try (Secret secret = Secret.takeBytes(HexFormat.of().parseHex(payload))) {
            assertThatThrownBy(() -> FileKey.ofPayload(secret)).hasMessageContaining(problem);
        }
    }

    @Test
    void aKeyIsTheSameIfItsCipherAndItsBytesAre() {
        try (FileKey key = key(FileCipher.AES, 16);
                FileKey same = key(FileCipher.AES, 16);
                FileKey ofOtherCipher = key(FileCipher.TWOFISH, 16);
                FileKey other = new FileKey(new CipherSpec(FileCipher.AES, 16), Secret.allocate(16))) {
            assertThat(key.isSameAs(same)).isTrue();
            assertThat(key.isSameAs(ofOtherCipher)).isFalse();
            assertThat(key.isSameAs(other)).isFalse();
        }
    }

    @Test
    void aClosedKeyIsWiped() {
        FileKey key = key(FileCipher.AES, 16);

        key.close();

        assertThatThrownBy(() -> key.key().buffer()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aKeyOfAnotherSizeThanTheCiphersIsRefused() {
        try (Secret secret = Secret.allocate(16)) {
            assertThatThrownBy(() -> new FileKey(new CipherSpec(FileCipher.AES, 32), secret))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("aes, 32-byte key cannot be used with a key of 16 bytes");
        }
    }
}
