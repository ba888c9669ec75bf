package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.keymodule.TokenContents;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every file, name and symlink that the real kernel wrote comes back, without it. */
class KernelWrittenTreesTest {
    private static final Signature SIGNATURE = new Signature("d395309aaad4de06");
    private static final Signature NAME_SIGNATURE = new Signature("be877764c5918621");

    @TempDir
    static Path trees;

    private static TokenContents.Passphrase key;
    private static TokenContents.Passphrase nameKey;

    @BeforeAll
    static void unpack() throws Exception {
        KernelWrittenTrees.unpackInto(trees);
        key = KernelWrittenTrees.key(Salt.DEFAULT);
        nameKey = KernelWrittenTrees.key(Salt.FNEK);
    }

    @AfterAll
    static void forgetKeys() {
        key.close();
        nameKey.close();
    }

    @ParameterizedTest
    @CsvSource({"aes-16-plain, 16", "aes-24-names, 24", "aes-32-names, 32"})
    void everyFileNameAndSymlinkOfATreeIsDecrypted(String tree, int keyBytes) throws Exception {
        Map<String, String> found = new TreeMap<>();
        collect(trees.resolve(tree), "", keyBytes, found);

        Map<String, String> expected = new TreeMap<>(Map.of("link", "-> dir/target", "dir", "directory"));
        for (int size : new int[] {0, 1, 15, 4096, 4097}) {
            expected.put("f" + size, text(KernelWrittenTrees.plaintext(size)));
        }
        expected.put("dir/abcdefghijklmnopqrstuvwxyz0123456789", text(KernelWrittenTrees.plaintext(20)));
        expected.put("grüße", text(KernelWrittenTrees.plaintext(10)));
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void aHeaderTellsItsKeysAndCipher() throws Exception {
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(trees.resolve("aes-16-plain/f4097")))
                .orElseThrow()) {
            assertThat(file.header().place()).isEqualTo(Place.FILE);
            assertThat(file.header().metadata()).isEqualTo(new Metadata(4097, 3, 0x2, 8192));
            assertThat(file.header().keys())
                    .singleElement()
                    .isInstanceOfSatisfying(KeyPacket.PassphrasePacket.class, k -> {
                        assertThat(k.signature()).isEqualTo(SIGNATURE);
                        assertThat(k.salt()).isEqualTo(Salt.DEFAULT);
                        assertThat(k.cipher()).isEqualTo(new CipherSpec(FileCipher.AES, 16));
                    });
        }
    }

    @Test
    void aNameReencodesToTheSame() throws Exception {
        for (String tree : new String[] {"aes-24-names", "aes-32-names"}) {
            int keyBytes = tree.contains("24") ? 24 : 32;
            try (Stream<Path> entries = Files.list(trees.resolve(tree))) {
                for (Path entry : entries.toList()) {
                    byte[] lower = ByteText.bytes(entry.getFileName());
                    byte[] plain = EncryptedName.read(lower).decrypt(nameKey.fekek(), keyBytes);
                    EncryptedName again = EncryptedName.encrypt(
                            plain, NAME_SIGNATURE, new CipherSpec(FileCipher.AES, keyBytes), nameKey.fekek());
                    assertThat(again.lower()).isEqualTo(lower);
                }
            }
        }
    }

    @Test
    void aNameIsNotDecryptedWithAnotherNumberOfKeyBytesOrAnotherKey() throws Exception {
        try (Stream<Path> entries = Files.list(trees.resolve("aes-32-names"))) {
            for (Path entry : entries.toList()) {
                EncryptedName name = EncryptedName.read(ByteText.bytes(entry.getFileName()));
                assertThatThrownBy(() -> name.decrypt(nameKey.fekek(), 16)).isInstanceOf(WrongKeyException.class);
                assertThatThrownBy(() -> name.decrypt(nameKey.fekek(), 24)).isInstanceOf(WrongKeyException.class);
                assertThatThrownBy(() -> name.decrypt(key.fekek(), 32)).isInstanceOf(WrongKeyException.class);
            }
        }
    }

    @Test
    void aFileCutAnywhereSaysAtWhichExtent(@TempDir Path cuts) throws Exception {
        byte[] whole = Files.readAllBytes(trees.resolve("aes-16-plain/f4097"));
        for (int length : new int[] {8192, 8193, 12288, 16383}) {
            Path cut = Files.write(cuts.resolve("cut"), Arrays.copyOf(whole, length));

            assertThatThrownBy(() -> plaintext(cut))
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessageContaining("truncated at extent " + (length - 8192) / 4096 + " of 0 to 1")
                    .hasMessageContaining("ends at byte " + length);
        }
    }

    @Test
    void aFileWithoutMarkerIsNotALowerFile(@TempDir Path directory) throws Exception {
        assertThat(LowerFile.of(KernelWrittenTrees.open(
                        Files.writeString(directory.resolve("text"), "no eCryptfs file at all, just text"))))
                .isEmpty();
        assertThat(LowerFile.of(KernelWrittenTrees.open(Files.createFile(directory.resolve("empty")))))
                .isEmpty();
    }

    @Test
    void metadataCanBeInTheAttribute(@TempDir Path directory) throws Exception {
        byte[] whole = Files.readAllBytes(trees.resolve("aes-16-plain/f4097"));
        Path file = Files.write(directory.resolve("file"), Arrays.copyOfRange(whole, 8192, whole.length));
        UserDefinedFileAttributeView view =
                Files.getFileAttributeView(file, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        assumeTrue(
                Files.getFileStore(file).supportsFileAttributeView("user"),
                "the temporary directory takes no attributes");
        view.write("ecryptfs", ByteBuffer.wrap(whole, 0, 100));

        assertThat(plaintext(file)).isEqualTo(KernelWrittenTrees.plaintext(4097));
    }

    @Test
    void readingAnywhereGivesThatPart() throws Exception {
        byte[] all = KernelWrittenTrees.plaintext(4097);
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(trees.resolve("aes-16-plain/f4097")))
                        .orElseThrow();
                FileKey fileKey = fileKey(file);
                DecryptedContent contents = file.contents(fileKey)) {
            for (int from = 0; from <= 4098; from += 241) {
                for (int length : new int[] {0, 1, 16, 4096, 5000}) {
                    ByteBuffer part = ByteBuffer.allocate(length);
                    int expected = Math.max(0, Math.min(length, all.length - from));

                    assertThat(contents.read(from, part)).isEqualTo(expected);
                    assertThat(Arrays.copyOf(part.array(), expected))
                            .isEqualTo(Arrays.copyOfRange(all, Math.min(from, 4097), Math.min(from + expected, 4097)));
                }
            }
        }
    }

    @Test
    void aSparseFileIsNotAcceptedAsAWholeFile(@TempDir Path directory) throws Exception {
        byte[] bytes = Files.readAllBytes(trees.resolve("aes-16-plain/f4097"));
        ByteBuffer.wrap(bytes).putLong(0, 1L << 40);
        Path sparse = Files.write(directory.resolve("sparse"), Arrays.copyOf(bytes, 12288));
        try (FileChannel channel = FileChannel.open(sparse, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), (1L << 40) + 8191);
        }
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(sparse)).orElseThrow()) {
            assertThatThrownBy(file::requireWhole)
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessageContaining("the file has a hole at byte 12288");
        }
    }

    @Test
    void aWholeFileIsAcceptedAndAnImpossibleSizeRefused(@TempDir Path directory) throws Exception {
        Path whole = trees.resolve("aes-16-plain/f4097");
        byte[] bytes = Files.readAllBytes(whole);
        ByteBuffer.wrap(bytes).putLong(0, Long.MAX_VALUE);
        Path endless = Files.write(directory.resolve("endless"), bytes);
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(whole)).orElseThrow()) {
            file.requireWhole();
            file.requireNothingBehind();
        }
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(endless)).orElseThrow()) {
            assertThatThrownBy(file::requireWhole).hasMessageContaining("the file is truncated at extent 2 of 0 to");
            file.requireNothingBehind();
        }
    }

    @Test
    void bytesBehindTheLastExtentAreFound(@TempDir Path directory) throws Exception {
        byte[] bytes = Files.readAllBytes(trees.resolve("aes-16-plain/f4097"));
        Path longer = Files.write(directory.resolve("longer"), Arrays.copyOf(bytes, bytes.length + 3));
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(longer)).orElseThrow()) {
            file.requireWhole();
            assertThatThrownBy(file::requireNothingBehind)
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessageContaining("the file has 3 bytes behind its contents, which have 4097 bytes");
        }
    }

    @Test
    void aPageOfALargePageMachineBehindTheContentsIsNothingTooMuch(@TempDir Path directory) throws Exception {
        byte[] bytes = Files.readAllBytes(trees.resolve("aes-16-plain/f1"));
        byte[] large = new byte[2 * 65536];
        System.arraycopy(bytes, 0, large, 0, 8192);
        ByteBuffer.wrap(large).putInt(20, 65536).putShort(24, (short) 1);
        Path whole = Files.write(directory.resolve("whole"), large);
        Path longer = Files.write(directory.resolve("longer"), Arrays.copyOf(large, large.length + 1));
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(whole)).orElseThrow()) {
            file.requireNothingBehind();
        }
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(longer)).orElseThrow()) {
            assertThatThrownBy(file::requireNothingBehind).hasMessageContaining("the file has 1 bytes behind");
        }
    }

    @Test
    void theKernelFillsTheLastExtentWithZerosAndAnotherKeyDoesNotFindThem() throws Exception {
        for (String size : new String[] {"f0", "f1", "f15", "f4096", "f4097"}) {
            try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(trees.resolve("aes-16-plain/" + size)))
                            .orElseThrow();
                    FileKey fileKey = fileKey(file);
                    DecryptedContent contents = file.contents(fileKey)) {
                contents.requireZeroPadding();
            }
        }
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(trees.resolve("aes-16-plain/f4097")))
                        .orElseThrow();
                LowerFile other = LowerFile.of(KernelWrittenTrees.open(trees.resolve("aes-16-plain/f1")))
                        .orElseThrow();
                FileKey keyOfOther = fileKey(other);
                DecryptedContent contents = file.contents(keyOfOther)) {
            assertThatThrownBy(contents::requireZeroPadding)
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessageContaining("the last extent is not filled with zeros");
        }
    }

    private void collect(Path directory, String prefix, int keyBytes, Map<String, String> found) throws Exception {
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : entries.toList()) {
                String name = prefix + text(plain(ByteText.bytes(entry.getFileName()), keyBytes));
                if (Files.isSymbolicLink(entry)) {
                    found.put(name, "-> " + text(plain(ByteText.bytes(Files.readSymbolicLink(entry)), keyBytes)));
                } else if (Files.isDirectory(entry)) {
                    found.put(name, "directory");
                    collect(entry, name + "/", keyBytes, found);
                } else {
                    found.put(name, text(plaintext(entry)));
                }
            }
        }
    }

    private static byte[] plain(byte[] lower, int keyBytes) throws Exception {
        if (!EncryptedName.isEncrypted(lower)) {
            return lower;
        }
        EncryptedName name = EncryptedName.read(lower);
        assertThat(name.signature()).isEqualTo(NAME_SIGNATURE);
        return name.decrypt(nameKey.fekek(), keyBytes);
    }

    private static byte[] plaintext(Path lower) throws IOException {
        try (LowerFile file = LowerFile.of(KernelWrittenTrees.open(lower)).orElseThrow();
                FileKey fileKey = fileKey(file);
                DecryptedContent contents = file.contents(fileKey)) {
            ByteBuffer all = ByteBuffer.allocate((int) contents.size() + 1);
            contents.read(0, all);
            return Arrays.copyOf(all.array(), all.position());
        }
    }

    private static FileKey fileKey(LowerFile file) {
        return FileKey.decrypt((KeyPacket.PassphrasePacket) file.header().keys().get(0), key.fekek());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
