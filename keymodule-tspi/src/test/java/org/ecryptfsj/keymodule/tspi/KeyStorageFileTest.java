package org.ecryptfsj.keymodule.tspi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key storage files of libtspi and tcsd, valid and damaged. */
class KeyStorageFileTest {
    private static final int PUBLIC_KEY_AT = 5 + 42;
    private static final int KEY_AT = PUBLIC_KEY_AT + 256;
    private static final int MODULUS_SIZE_AT = KEY_AT + 19 + 4 + 12 + 4;

    @Test
    void aFileWithOrWithoutKeysIsSound() {
        assertThat(damage(new byte[0])).isEmpty();
        assertThat(damage(file(0))).isEmpty();
        assertThat(damage(file(1))).isEmpty();
        assertThat(damage(file(3))).isEmpty();
    }

    @Test
    void itsKeysAreKnownByName() {
        assertThat(KeyStorageFile.parse(file(2)).has(new KeyUuid("627e7f0971442bc0207b67897755e611")))
                .isTrue();
        assertThat(KeyStorageFile.parse(file(1)).has(new KeyUuid("627e7f0971442bc0207b67897755e611")))
                .isFalse();
        assertThat(KeyStorageFile.parse(new byte[0]).has(KeyUuid.SRK)).isFalse();
    }

    @Test
    void aFileThatIsNotThereIsNotRead(@TempDir Path directory) {
        assertThat(KeyStorageFile.read(directory.resolve("none"))).isEmpty();
    }

    @Test
    void anyTruncatedFileIsDamaged() {
        byte[] file = file(2);
        for (int length = 1; length < file.length; length++) {
            assertThat(damage(Arrays.copyOf(file, length)))
                    .as("%d bytes", length)
                    .isNotEmpty();
        }
        assertThat(damage(Arrays.copyOf(file, file.length - 1))).contains("it ends within key 2 of 2");
        assertThat(damage(Arrays.copyOf(file, file.length + 3))).contains("3 bytes follow its last key, number 2");
    }

    @Test
    void anotherVersionOrCountIsDamage() {
        assertThat(damageOfFlipped(0, 0x80)).contains("it is not of version 1");
        assertThat(damageOfFlipped(1, 1)).contains("bytes follow its last key, number 0");
        assertThat(damageOfFlipped(4, 0x80)).contains("it ends within key 2 of 2147483649");
    }

    @Test
    void everySizeAndFlagAndThePublicKeyIsLookedAt() {
        String wrong = "the sizes or the public key of key 1 of 1 are wrong";
        for (int at : new int[] {KEY_AT + 19, MODULUS_SIZE_AT - 4, MODULUS_SIZE_AT, MODULUS_SIZE_AT + 4 + 256}) {
            for (int bit : new int[] {0, 8, 16, 31}) {
                byte[] file = file(1);
                ByteBuffer.wrap(file).putInt(at, ByteBuffer.wrap(file).getInt(at) ^ 1 << bit);

                assertThat(damage(file)).as("at %d, bit %d", at, bit).contains(wrong);
            }
        }
        assertThat(damageOfFlipped(PUBLIC_KEY_AT - 2, 0x80)).isEqualTo(wrong);
        assertThat(damageOfFlipped(PUBLIC_KEY_AT - 1, 1)).isEqualTo(wrong);
        assertThat(damageOfFlipped(PUBLIC_KEY_AT + 100, 1)).isEqualTo(wrong);
        assertThat(damageOfFlipped(MODULUS_SIZE_AT + 100, 1)).isEqualTo(wrong);
    }

    private static Optional<String> damage(byte[] file) {
        return KeyStorageFile.parse(file).damage();
    }

    private static String damageOfFlipped(int at, int bits) {
        byte[] file = file(1);
        file[at] ^= (byte) bits;
        return damage(file).orElse("sound");
    }

    /** As libtspi 0.3.15 writes it: keys of ecryptfs-generate-tpm-key without PCRs, with another modulus. */
    private static byte[] file(int keys) {
        byte[] modulus = new byte[256];
        Arrays.fill(modulus, (byte) 0xa7);
        byte[] head = HexFormat.of().parseHex("010100000011000000040000000001000300010000000c000008000000000200000000");
        int blob = head.length + 4 + 4 + modulus.length + 4 + modulus.length;
        ByteBuffer file = ByteBuffer.allocate(5 + keys * (42 + modulus.length + blob));
        file.order(ByteOrder.nativeOrder()).put((byte) 1).putInt(keys);
        for (int i = 0; i < keys; i++) {
            file.put(HexFormat.of().parseHex("627e7f0971442bc0207b67897755e61" + i))
                    .put(KeyUuid.SRK.bytes());
            file.putShort((short) modulus.length)
                    .putShort((short) blob)
                    .putInt(0)
                    .putShort((short) 2);
            file.put(modulus).put(head).order(ByteOrder.BIG_ENDIAN).putInt(0);
            file.putInt(modulus.length).put(modulus).putInt(modulus.length).put(modulus);
            file.order(ByteOrder.nativeOrder());
        }
        return file.array();
    }
}
