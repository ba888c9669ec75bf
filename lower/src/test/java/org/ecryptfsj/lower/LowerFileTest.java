package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Arrays;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.ecryptfsj.tree.TreeException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes, holes and headers of lower files with three extents, and with a header in the file or in the attribute. */
class LowerFileTest {
    private static final int EXTENT = DecryptedContent.EXTENT_BYTES;
    private static final int HEADER_BYTES = 8192;
    private static final int SIZE = 2 * EXTENT + 100;
    private static final int WHOLE = HEADER_BYTES + 3 * EXTENT;

    @TempDir
    Path directory;

    private Path path;
    private byte[] lower;

    @BeforeEach
    void encrypt() throws Exception {
        path = directory.resolve("lower");
        lower = SpecifiedLowerFiles.encrypted("AES", "07", new byte[64], new byte[16], new byte[SIZE]);
    }

    private LowerFile open() throws Exception {
        return LowerFile.of(KernelWrittenTrees.open(path)).orElseThrow();
    }

    private LowerFile openForWriting() throws Exception {
        return LowerFile.of(KernelWrittenTrees.openForWriting(path)).orElseThrow();
    }

    private LowerFile withPlainSize(long size, int fileBytes) throws Exception {
        byte[] bytes = Arrays.copyOf(lower, fileBytes);
        ByteBuffer.wrap(bytes).putLong(0, size);
        Files.write(path, bytes);
        return open();
    }

    private UserDefinedFileAttributeView attributes() throws Exception {
        assumeTrue(
                Files.getFileStore(directory).supportsFileAttributeView("user"),
                "the temporary directory takes no attributes");
        return Files.getFileAttributeView(path, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** The header in the attribute; the file has that many bytes of contents. */
    private void writeWithAttribute(int contentBytes) throws Exception {
        Files.write(path, new byte[contentBytes]);
        attributes().write("ecryptfs", ByteBuffer.wrap(lower, 0, 100));
    }

    @Test
    void theKeysAreThoseThatTheDiskHasNow() throws Exception {
        Files.write(path, lower);
        try (LowerFile file = openForWriting()) {
            HeaderKeys before = file.keys();
            assertThat(before.keys()).isEqualTo(file.header().keys()).hasSize(1);

            file.patch(HeaderPatch.of(26, new byte[1]));

            assertThat(file.keys().keys()).isEmpty();
        }
    }

    @Test
    void aPatchChangesItsBytesAndNotTheTimeOfTheLastChange() throws Exception {
        Files.write(path, lower);
        FileTime past = FileTime.fromMillis(1_000_000_007_123L);
        Files.setLastModifiedTime(path, past);

        try (LowerFile file = openForWriting()) {
            file.patch(HeaderPatch.of(100, new byte[] {1, 2, 3}));
        }

        byte[] expected = lower.clone();
        System.arraycopy(new byte[] {1, 2, 3}, 0, expected, 100, 3);
        assertThat(Files.readAllBytes(path)).isEqualTo(expected);
        assertThat(Files.getLastModifiedTime(path)).isEqualTo(past);
    }

    @Test
    void aHeaderInTheAttributeIsReplacedAndNotPatched() throws Exception {
        writeWithAttribute(3 * EXTENT);
        try (LowerFile file = openForWriting()) {
            assertThat(file.header().place()).isEqualTo(Place.ATTRIBUTE);
            assertThat(file.header().contentsAt()).isZero();
            assertThat(file.keys().keys()).isEqualTo(file.header().keys()).hasSize(1);
            assertThatThrownBy(() -> file.patch(HeaderPatch.of(26, new byte[1])))
                    .isInstanceOf(IllegalStateException.class);

            file.replaceAttribute(Arrays.copyOf(Arrays.copyOf(lower, 26), 27));

            assertThat(file.keys().keys()).isEmpty();
            attributes().delete("ecryptfs");
            assertThatThrownBy(file::keys)
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessage("the header in the attribute was removed during the run");
        }
        assertThat(Files.readAllBytes(path)).isEqualTo(new byte[3 * EXTENT]);
    }

    @Test
    void aHeaderInTheFileIsPatchedAndNotReplaced() throws Exception {
        Files.write(path, lower);
        try (LowerFile file = openForWriting()) {
            assertThatThrownBy(() -> file.replaceAttribute(new byte[27])).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void encryptedContentsNeedAKey() throws Exception {
        Files.write(path, lower);
        try (LowerFile file = open()) {
            assertThatThrownBy(file::contents).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aFileThatEndsTooEarlySaysWhere() throws Exception {
        try (LowerFile file = withPlainSize(2 * EXTENT, HEADER_BYTES + EXTENT + 17)) {
            assertThatThrownBy(file::requireWhole)
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessage("the file is truncated at extent 1 of 0 to 1: it ends at byte 12305, with 17 of that"
                            + " extent's 4096 bytes");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8192, 20480, true",
        "8193, 20480, true",
        "8193, 20479, false",
        "8192, 16384, true",
        "8192, 16383, false"
    })
    void allExtentsAreWhole(long size, int fileBytes, boolean whole) throws Exception {
        try (LowerFile file = withPlainSize(size, fileBytes)) {
            if (whole) {
                file.requireAllExtents();
            } else {
                assertThatThrownBy(file::requireAllExtents).hasMessageContaining("truncated");
            }
        }
    }

    @Test
    void aSizeWhoseLastExtentWouldEndBehindTheLargestNumberIsRefused() throws Exception {
        try (LowerFile file = withPlainSize(Long.MAX_VALUE, WHOLE)) {
            assertThatThrownBy(file::requireAllExtents).hasMessageContaining("truncated at extent 3");
        }
    }

    @ParameterizedTest
    @CsvSource({"8292, 20480", "12288, 20480", "8292, 12300", "8292, 8192", "0, 8192"})
    void aFileWithoutAHoleHasNoneAlsoIfItEndsTooEarly(long size, int fileBytes) throws Exception {
        try (LowerFile file = withPlainSize(size, fileBytes)) {
            file.requireNoHole();
        }
    }

    @Test
    void aHoleIsNamedByItsPositionInTheFile() throws Exception {
        Files.write(path, Arrays.copyOf(lower, HEADER_BYTES + EXTENT));
        try (RandomAccessFile extended = new RandomAccessFile(path.toFile(), "rw")) {
            extended.setLength(WHOLE);
        }
        try (LowerFile file = open()) {
            assertThatThrownBy(file::requireNoHole)
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessageContaining("the file has a hole at byte 12288");
        }
    }

    @Test
    void aHoleInUnencryptedContentsOrBehindTheContentsIsNone() throws Exception {
        Files.write(path, SpecifiedLowerFiles.unencryptedHeader(EXTENT));
        try (RandomAccessFile extended = new RandomAccessFile(path.toFile(), "rw")) {
            extended.setLength(HEADER_BYTES + EXTENT);
        }
        try (LowerFile file = open()) {
            file.requireWhole();
        }
        Files.write(path, Arrays.copyOf(lower, HEADER_BYTES + EXTENT));
        try (RandomAccessFile extended = new RandomAccessFile(path.toFile(), "rw")) {
            extended.seek(0);
            extended.writeLong(EXTENT);
            extended.setLength(WHOLE);
        }
        try (LowerFile file = open()) {
            file.requireNoHole();
        }
    }

    /** A page of the writing machine, as far as the header tells: its own size if it is more than 8192. */
    @ParameterizedTest
    @CsvSource({
        "8192, 1, 12288, 0",
        "8192, 1, 16384, 4096",
        "8192, 4096, 12289, 1",
        "16384, 1, 32768, 0",
        "16384, 1, 32769, 1",
        "65536, 65536, 131072, 0",
        "131072, 1, 196608, 0",
        "131072, 1, 196609, 1",
    })
    void behindTheContentsIsLessThanAPage(int headerBytes, long size, int fileBytes, int tooMany) throws Exception {
        ByteBuffer.wrap(lower).putInt(20, headerBytes).putShort(24, (short) 1);
        try (LowerFile file = withPlainSize(size, fileBytes)) {
            if (tooMany == 0) {
                file.requireNothingBehind();
            } else {
                assertThatThrownBy(file::requireNothingBehind)
                        .isInstanceOf(MalformedLowerException.class)
                        .hasMessageContaining(
                                "the file has " + tooMany + " bytes behind its contents, which have " + size);
            }
        }
    }

    @Test
    void behindContentsWithAHeaderInTheAttributeIsLessThanTheLargestPage() throws Exception {
        writeWithAttribute(65536);
        try (LowerFile file = open()) {
            file.requireNothingBehind();
        }
        writeWithAttribute(65537);
        try (LowerFile file = open()) {
            assertThatThrownBy(file::requireNothingBehind).hasMessageContaining("the file has 1 bytes behind");
        }
    }

    @Test
    void aClosedFileCannotBeRead() throws Exception {
        Files.write(path, lower);
        LowerFile file = open();

        file.close();

        assertThatThrownBy(file::keys).isInstanceOf(TreeException.class);
    }
}
