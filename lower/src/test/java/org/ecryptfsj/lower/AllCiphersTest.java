package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllCiphersTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "AES, 07, 16, AES",
        "AES, 08, 24, AES",
        "AES, 09, 32, AES",
        "DES3_EDE, 02, 24, DESede",
        "CAST5, 03, 16, CAST5",
        "BLOWFISH, 04, 16, Blowfish",
        "BLOWFISH, 04, 32, Blowfish",
        "BLOWFISH, 04, 56, Blowfish",
        "TWOFISH, 0a, 16, Twofish",
        "TWOFISH, 0a, 32, Twofish",
        "CAST6, 0b, 16, CAST6",
        "CAST6, 0b, 32, CAST6"
    })
    void aFileOfAnyCipherIsDecrypted(FileCipher cipher, String code, int keyBytes, String name) throws Exception {
        Random random = new Random(keyBytes);
        byte[] fekek = bytes(random, 64);
        byte[] fek = bytes(random, keyBytes);
        byte[] plain = bytes(random, 70001);
        Path lower =
                Files.write(directory.resolve("lower"), SpecifiedLowerFiles.encrypted(name, code, fekek, fek, plain));

        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(lower)).orElseThrow();
                Secret secret = Secret.takeBytes(fekek);
                FileKey key = FileKey.decrypt(
                        (KeyPacket.PassphrasePacket) file.header().keys().get(0), secret);
                DecryptedContent contents = file.contents(key)) {
            assertThat(key.cipher()).isEqualTo(new CipherSpec(cipher, keyBytes));
            ByteBuffer read = ByteBuffer.allocate(plain.length + 1);
            assertThat(contents.read(0, read)).isEqualTo(plain.length);
            assertThat(Arrays.copyOf(read.array(), plain.length)).isEqualTo(plain);
            try (DecryptedContent copy = contents.copy()) {
                for (int i = 0; i < 100; i++) {
                    int from = random.nextInt(plain.length);
                    ByteBuffer part = ByteBuffer.allocate(1 + random.nextInt(plain.length - from));
                    (i % 2 == 0 ? contents : copy).read(from, part);
                    assertThat(part.array()).isEqualTo(Arrays.copyOfRange(plain, from, from + part.capacity()));
                }
            }
        }
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
