package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Properties;
import org.ecryptfsj.keymodule.Secret;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of a TPM-protected mount, with the file keys that the kernel received. */
class KernelCapturesTest {
    private static final Properties CAPTURES = new Properties();

    @TempDir
    Path directory;

    @BeforeAll
    static void load() throws Exception {
        try (InputStream in = KernelCapturesTest.class.getResourceAsStream("kernel-captures.properties")) {
            CAPTURES.load(in);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 24, 32})
    void theFileKeyTheModuleDecryptedOpensTheFile(int keyBytes) throws Exception {
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(lowerFile(keyBytes)))
                        .orElseThrow();
                Secret payload = payload(keyBytes, 0);
                FileKey key = FileKey.ofPayload(payload);
                DecryptedContent contents = file.contents(key)) {
            assertThat(key.cipher()).isEqualTo(new CipherSpec(FileCipher.AES, keyBytes));
            assertThat(file.header().keys())
                    .singleElement()
                    .isInstanceOfSatisfying(
                            KeyPacket.ModulePacket.class,
                            k -> assertThat(k.encryptedKey().size()).isEqualTo(268));
            ByteBuffer plain = ByteBuffer.allocate(100);
            contents.read(0, plain);
            assertThat(new String(plain.array(), 0, plain.position(), StandardCharsets.UTF_8))
                    .isEqualTo("hello eCryptfs\n");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 24, 32})
    void aFileKeyThatDoesNotMatchItsChecksumIsRefused(int keyBytes) throws Exception {
        try (Secret payload = payload(keyBytes, 1)) {
            assertThatThrownBy(() -> FileKey.ofPayload(payload)).isInstanceOf(WrongKeyException.class);
        }
    }

    private Path lowerFile(int keyBytes) throws Exception {
        byte[] lower = Arrays.copyOf(bytes(keyBytes, "head"), 8192 + 4096);
        System.arraycopy(bytes(keyBytes, "last"), 0, lower, 8192, 4096);
        return Files.write(directory.resolve("lower"), lower);
    }

    /** The payload of the daemon's TAG 65 reply, at its end. */
    private static Secret payload(int keyBytes, int damage) {
        byte[] reply = bytes(keyBytes, "reply");
        byte[] payload = Arrays.copyOfRange(reply, reply.length - keyBytes - 3, reply.length);
        payload[2] += (byte) damage;
        return Secret.takeBytes(payload);
    }

    private static byte[] bytes(int keyBytes, String what) {
        return HexFormat.of().parseHex(CAPTURES.getProperty("aes" + keyBytes * 8 + "." + what));
    }
}
