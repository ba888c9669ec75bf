package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files as the specification says they are written, encrypted by another way to the ciphers: Bouncy Castle's provider. */
class AllCiphersTest {
    private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

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
        Path lower = Files.write(directory.resolve("lower"), lower(name, code, fekek, fek, plain));

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

    private static byte[] lower(String name, String code, byte[] fekek, byte[] fek, byte[] plain) throws Exception {
        int wrapped = code.equals("08") ? 32 : fek.length;
        Cipher ecb = Cipher.getInstance(name + "/ECB/NoPadding", PROVIDER);
        ecb.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(Arrays.copyOf(fekek, fek.length), name));
        byte[] encryptedKey = ecb.doFinal(Arrays.copyOf(fek, wrapped));
        HexFormat hex = HexFormat.of();
        String header = hex.toHexDigits((long) plain.length) + "000000003c81b7f5" + "03000002" + "00001000" + "0002"
                + "8c" + hex.toHexDigits((byte) (13 + wrapped)) + "04" + code + "0301" + "0011223344556677" + "60"
                + hex.formatHex(encryptedKey) + "ed1662085f434f4e534f4c4500000000" + "0123456789abcdef" + "00";
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(Arrays.copyOf(hex.parseHex(header), 8192));
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        byte[] rootIv = md5.digest(fek);
        Cipher cbc = Cipher.getInstance(name + "/CBC/NoPadding", PROVIDER);
        for (int n = 0; n * 4096 < plain.length; n++) {
            md5.update(rootIv);
            byte[] iv = md5.digest(Arrays.copyOf(String.valueOf(n).getBytes(StandardCharsets.US_ASCII), 16));
            cbc.init(
                    Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(fek, name),
                    new IvParameterSpec(Arrays.copyOf(iv, cbc.getBlockSize())));
            file.writeBytes(cbc.doFinal(
                    Arrays.copyOf(Arrays.copyOfRange(plain, n * 4096, Math.min(plain.length, n * 4096 + 4096)), 4096)));
        }
        return file.toByteArray();
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
