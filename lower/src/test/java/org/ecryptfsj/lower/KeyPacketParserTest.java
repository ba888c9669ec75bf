package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.lower.KeyPacketParser.Placed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packets as packets.md shows them, sections 7 to 9. */
class KeyPacketParserTest {
    private static final Signature SIGNATURE = new Signature("d395309aaad4de06");

    /** TAG 1 with an encrypted key of 3 bytes. */
    private static final String MODULE = "010d03d395309aaad4de0601aabbcc";

    /** TAG 3 with an encrypted key of 16 bytes for aes, and TAG 11. */
    private static final String PASSPHRASE = "8c1d0407030100112233445566776000112233445566778899aabbccddeeff"
            + "ed1662085f434f4e534f4c4500000000d395309aaad4de06";

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    @Test
    void aModulesPacketIsReadAndWritten() throws Exception {
        KeyPacket packet = new KeyPacket.ModulePacket(SIGNATURE, EncryptedBytes.of(hex("aabbcc")));

        assertThat(KeyPacketParser.read(ByteBuffer.wrap(hex(MODULE)))).containsExactly(packet);
        assertThat(KeyPacketParser.write(packet)).isEqualTo(hex(MODULE));
    }

    @Test
    void aPassphrasesPairIsReadAndWritten() throws Exception {
        KeyPacket packet = new KeyPacket.PassphrasePacket(
                SIGNATURE,
                new CipherSpec(FileCipher.AES, 16),
                Salt.DEFAULT,
                EncryptedBytes.of(hex("00112233445566778899aabbccddeeff")));

        assertThat(KeyPacketParser.read(ByteBuffer.wrap(hex(PASSPHRASE)))).containsExactly(packet);
        assertThat(KeyPacketParser.write(packet)).isEqualTo(hex(PASSPHRASE));
    }

    @Test
    void theFirstByteTellsAModulesPacketFromAPassphrases() {
        assertThat(KeyPacketParser.tag(true)).isEqualTo((byte) 0x01);
        assertThat(KeyPacketParser.tag(false)).isEqualTo((byte) 0x8c);
    }

    @Test
    void theSetEndsAtAByteThatStartsNoPacketOrWithTheBuffer() throws Exception {
        ByteBuffer ended = ByteBuffer.wrap(hex(MODULE + PASSPHRASE + "00" + MODULE));
        ByteBuffer open = ByteBuffer.wrap(hex(MODULE + PASSPHRASE));

        assertThat(KeyPacketParser.read(ended)).hasSize(2);
        assertThat(ended.position()).isEqualTo(15 + 55);
        assertThat(KeyPacketParser.read(open)).hasSize(2);
        assertThat(open.hasRemaining()).isFalse();
    }

    @Test
    void theOffsetsOfTheSignatureAndTheEncryptedKeyAreThoseInTheHeader() throws Exception {
        byte[] header = hex("00".repeat(26) + MODULE + PASSPHRASE + "00");

        List<Placed> placed = KeyPacketParser.readPlaced(ByteBuffer.wrap(header).position(26));

        assertThat(placed).extracting(Placed::from).containsExactly(26, 26 + 15);
        assertThat(placed).extracting(Placed::to).containsExactly(26 + 15, 26 + 15 + 55);
        for (Placed key : placed) {
            byte[] encrypted = key.packet().encryptedKey().bytes();
            assertThat(Arrays.copyOfRange(header, key.signatureAt(), key.signatureAt() + 8))
                    .isEqualTo(SIGNATURE.bytes());
            assertThat(Arrays.copyOfRange(header, key.encryptedKeyAt(), key.encryptedKeyAt() + encrypted.length))
                    .isEqualTo(encrypted);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0a, 0",
        "0b, 1",
        "c14a, 512",
    })
    void aModulesKeyHas0To512Bytes(String length, int bytes) throws Exception {
        byte[] packet = hex("01" + length + "03d395309aaad4de0601" + "aa".repeat(bytes));

        assertThat(KeyPacketParser.read(ByteBuffer.wrap(packet)))
                .extracting(key -> key.encryptedKey().size())
                .containsExactly(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "010903d395309aaad4de06, 'has 9 bytes, fewer than 10'",
        "010a04d395309aaad4de0601, 'has version 4, not 3'",
        "ed16, does not follow a TAG 3 packet",
    })
    void aDamagedPacketIsNamed(String packet, String problem) {
        assertThatThrownBy(() -> KeyPacketParser.read(ByteBuffer.wrap(hex(packet))))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessageContaining("packet at byte 0 " + problem);
    }

    @Test
    void aModulesKeyOf513BytesIsRefused() {
        byte[] packet = hex("01c14b03d395309aaad4de0601" + "aa".repeat(513));

        assertThatThrownBy(() -> KeyPacketParser.read(ByteBuffer.wrap(packet)))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessage("the TAG 1 packet at byte 0 has a key of 513 bytes, more than 512");
    }

    /** The cipher code 08 states the key's size itself. */
    @ParameterizedTest
    @CsvSource({"32", "48", "64"})
    void anEncryptedKeyOfAes192HasAnyNumberOfWholeBlocks(int bytes) throws Exception {
        assertThat(KeyPacketParser.read(ByteBuffer.wrap(passphrase(0x08, bytes))))
                .singleElement()
                .isInstanceOfSatisfying(KeyPacket.PassphrasePacket.class, key -> {
                    assertThat(key.cipher()).isEqualTo(new CipherSpec(FileCipher.AES, 24));
                    assertThat(key.encryptedKey().size()).isEqualTo(bytes);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "8, 16, 'has an encrypted key of 16 bytes, which is not possible for aes'",
        "8, 31, 'has an encrypted key of 31 bytes, which is not possible for aes'",
        "8, 80, 'has a key of 80 bytes, more than 64'",
        "3, 5, 'has an encrypted key of 5 bytes, which is not possible for cast5'",
        "7, 17, 'has a key of 17 bytes, which aes does not support'",
        "2, 0, 'has 13 bytes, too few for a key'",
    })
    void anImpossibleSizeOfAnEncryptedKeyIsRefused(int code, int bytes, String problem) {
        assertThatThrownBy(() -> KeyPacketParser.read(ByteBuffer.wrap(passphrase(code, bytes))))
                .isInstanceOf(MalformedLowerException.class)
                .hasMessage("the TAG 3 packet at byte 0 " + problem);
    }

    /** The pair with another cipher code and an encrypted key of that many bytes. */
    private static byte[] passphrase(int code, int bytes) {
        HexFormat hex = HexFormat.of();
        return hex("8c" + hex.toHexDigits((byte) (13 + bytes)) + "04" + hex.toHexDigits((byte) code)
                + "0301001122334455667760" + "aa".repeat(bytes) + PASSPHRASE.substring(62));
    }
}
