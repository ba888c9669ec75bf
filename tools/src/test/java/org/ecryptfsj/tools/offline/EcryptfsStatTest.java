package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.ecryptfsj.tools.command.CommandResult;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Beside the C tool, where that is installed: /usr/bin/ecryptfs-stat. */
class EcryptfsStatTest {
    private static final Path C_TOOL = Path.of("/usr/bin/ecryptfs-stat");

    @TempDir
    static Path trees;

    private static byte[] sound;

    @BeforeAll
    static void unpack() throws Exception {
        LowerTreeFixture.unpackInto(trees);
        sound = Files.readAllBytes(trees.resolve("aes-16-plain/f4097"));
    }

    @Test
    void aLowerFileIsDescribedInTheCToolsWords() throws Exception {
        CommandResult called = CommandResult.with(
                new EcryptfsStat(), trees.resolve("aes-16-plain/f4097").toString());

        assertThat(called.code()).isZero();
        assertThat(called.out())
                .isEqualTo(
                        """
                        File version: [3]
                        Decrypted file size: [4097]
                        Number of header bytes at front of file: [8192]
                        Metadata in the header region
                        Encrypted
                        HMAC disabled
                        """);
    }

    @Test
    void whateverTheFileOutputAndExitCodeAreTheCTools() throws Exception {
        assumeTrue(Files.isExecutable(C_TOOL), "the C tool is not installed");
        List<Path> files = List.of(
                file("sound", b -> {}, 4096),
                file("version-4", b -> b[16] = 4, 4096),
                file("version-0", b -> b[16] = 0, 4096),
                file("no-header", b -> b[25] = 0, 4096),
                file("three-extents", b -> b[25] = 3, 4096),
                file("xattr-flag", b -> b[19] = 6, 4096),
                file("plain", b -> b[19] = 0, 4096),
                file("hmac", b -> b[19] = 3, 4096),
                file("huge-size", b -> b[0] = (byte) 0xff, 4096),
                file("huge-header", b -> b[20] = (byte) 0xff, 4096),
                file("no-marker", b -> b[12] ^= 1, 4096),
                file("empty", b -> {}, 0),
                file("short", b -> {}, 19),
                trees,
                trees.resolve("missing"));
        for (Path file : files) {
            Process c = new ProcessBuilder(C_TOOL.toString(), file.toString()).start();
            String expected = new String(c.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            CommandResult ours = CommandResult.with(new EcryptfsStat(), file.toString());

            assertThat(ours.out()).as(file.toString()).isEqualTo(expected);
            assertThat(ours.code()).as(file.toString()).isEqualTo(c.waitFor());
        }
    }

    @Test
    void jsonTellsCipherAndKeys() throws Exception {
        CommandResult called = CommandResult.with(
                new EcryptfsStat(),
                "--json",
                trees.resolve("aes-16-plain/f4097").toString());

        assertThat(called.code()).isZero();
        Map<String, Object> tree = JSON.std.mapFrom(called.out());
        assertThat(tree)
                .containsEntry("ecryptfs", true)
                .containsEntry("decrypted_size", 4097)
                .containsEntry("lower_size", 16384)
                .containsEntry("metadata_in", "header")
                .containsEntry(
                        "keys",
                        List.of(Map.of(
                                "signature",
                                "d395309aaad4de06",
                                "packet",
                                "TAG 3",
                                "kind",
                                "passphrase",
                                "cipher",
                                "aes",
                                "key_bytes",
                                16,
                                "salt",
                                "0011223344556677",
                                "encrypted_key_bytes",
                                16)));
    }

    @Test
    void jsonTellsKeyAndCipherOfAName() throws Exception {
        Path tree = trees.resolve("aes-24-names");
        for (String name : tree.toFile().list()) {
            CommandResult called = CommandResult.with(
                    new EcryptfsStat(), "--json", tree.resolve(name).toString());

            assertThat(JSON.std.mapFrom(called.out()))
                    .containsEntry(
                            "name",
                            Map.of(
                                    "signature",
                                    "be877764c5918621",
                                    "cipher",
                                    "aes",
                                    "possible_key_bytes",
                                    List.of(24)));
        }
    }

    @Test
    void jsonSaysThatANameIsDamaged() throws Exception {
        Path file = file("ECRYPTFS_FNEK_ENCRYPTED.FW", b -> {}, 4096);

        CommandResult called = CommandResult.with(new EcryptfsStat(), "--json", file.toString());

        assertThat(called.code()).isZero();
        assertThat(called.out()).contains("\"name\":{\"problem\":\"");
    }

    @Test
    void jsonSaysWhatIsWrongAndFails() throws Exception {
        CommandResult called = CommandResult.with(
                new EcryptfsStat(),
                "--json",
                file("bad-packet", b -> b[26] = (byte) 0xed, 4096).toString());

        assertThat(called.code()).isEqualTo(1);
        assertThat(JSON.std.mapFrom(called.out()))
                .containsEntry("ecryptfs", true)
                .containsEntry("problem", "the TAG 11 packet at byte 26 does not follow a TAG 3 packet");
    }

    @Test
    void metadataInTheAttributeIsFound() throws Exception {
        Path file = file("contents-only", b -> Arrays.fill(b, (byte) 7), 4096);
        assumeTrue(
                Files.getFileStore(file).supportsFileAttributeView("user"),
                "the temporary directory takes no attributes");
        byte[] header = Arrays.copyOf(sound, 100);
        header[19] = 6;
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .write("ecryptfs", ByteBuffer.wrap(header));

        assertThat(CommandResult.with(new EcryptfsStat(), file.toString()).out())
                .contains("Number of header bytes at front of file: [0]")
                .contains("Metadata in the extended attribute region");
    }

    private static Path file(String name, Consumer<byte[]> damage, int length) throws IOException {
        byte[] bytes = sound.clone();
        damage.accept(bytes);
        return Files.write(trees.resolve(name), Arrays.copyOf(bytes, length));
    }
}
