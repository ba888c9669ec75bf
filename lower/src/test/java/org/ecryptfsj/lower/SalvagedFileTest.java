package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Arrays;
import java.util.List;
import org.ecryptfsj.lower.LowerHeader.Place;
import org.ecryptfsj.tree.TreeFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damages of a file of two extents. */
class SalvagedFileTest {
    private static final int EXTENT = DecryptedContent.EXTENT_BYTES;
    private static final int HEADER_BYTES = 8192;
    private static final int SIZE = EXTENT + 1;
    private static final int WHOLE = HEADER_BYTES + 2 * EXTENT;

    @TempDir
    Path directory;

    private Path path;
    private byte[] lower;

    @BeforeEach
    void encrypt() throws Exception {
        path = directory.resolve("lower");
        lower = SpecifiedLowerFiles.encrypted("AES", "07", new byte[64], new byte[16], new byte[SIZE]);
    }

    /** What is left of the file, whose file is closed. */
    private record Left(long plainSize, long contentsAt, Place place, List<String> damages) {
        static Left of(SalvagedFile salvaged) {
            try (LowerFile file = salvaged.file()) {
                assertThat(file.header().keys()).hasSize(1);
                return new Left(
                        file.header().metadata().plainSize(),
                        file.header().contentsAt(),
                        file.header().place(),
                        salvaged.damages());
            }
        }
    }

    private Left salvage(boolean fill) throws Exception {
        return Left.of(SalvagedFile.of(KernelWrittenTrees.open(path), fill).orElseThrow());
    }

    private void write(long plainSize, int fileBytes) throws Exception {
        byte[] bytes = Arrays.copyOf(lower, fileBytes);
        ByteBuffer.wrap(bytes).putLong(0, plainSize);
        Files.write(path, bytes);
    }

    private void writeAttribute(Path file, byte[] header) throws Exception {
        assumeTrue(
                Files.getFileStore(directory).supportsFileAttributeView("user"),
                "the temporary directory takes no attributes");
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .write("ecryptfs", ByteBuffer.wrap(header, 0, 100));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anUndamagedFileStaysAsItIs(boolean fill) throws Exception {
        for (long size : new long[] {0, 1, SIZE, 2 * EXTENT}) {
            write(size, WHOLE);
            assertThat(salvage(fill)).isEqualTo(new Left(size, HEADER_BYTES, Place.FILE, List.of()));
        }
    }

    @ParameterizedTest
    @CsvSource({"16383, 4096", "12288, 4096", "12287, 0", "8193, 0", "8192, 0", "8191, 0", "100, 0"})
    void aTruncatedFileEndsAfterItsLastWholeExtentOrIsFilled(int fileBytes, long left) throws Exception {
        write(SIZE, fileBytes);
        String damage = "the file is truncated: " + left + " of 4097 bytes are there";

        assertThat(salvage(false)).isEqualTo(new Left(left, HEADER_BYTES, Place.FILE, List.of(damage)));
        assertThat(salvage(true))
                .isEqualTo(new Left(
                        SIZE, HEADER_BYTES, Place.FILE, List.of(damage + ", zeros are in the place of the others")));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, (1L << 44) + 1})
    void anImpossibleSizeOfTheContentsIsTakenFromTheFile(long size) throws Exception {
        write(size, WHOLE + 100);
        List<String> damages =
                List.of("the header states an impossible size of the contents; 8192 bytes were delivered, as"
                        + " many as the file has whole extents");

        assertThat(salvage(false)).isEqualTo(new Left(2 * EXTENT, HEADER_BYTES, Place.FILE, damages));
        assertThat(salvage(true)).isEqualTo(new Left(2 * EXTENT, HEADER_BYTES, Place.FILE, damages));
    }

    @Test
    void theLargestPossibleSizeIsFilled() throws Exception {
        write(1L << 44, WHOLE);

        assertThat(salvage(true).plainSize()).isEqualTo(1L << 44);
    }

    @ParameterizedTest
    @CsvSource({"12288, 1, 40000", "65536, 1, 65536", "65536, 1, 65537", "512, 17, 8704"})
    void aPossibleSizeOfTheHeaderIsTaken(int extentBytes, short extents, int fileBytes) throws Exception {
        ByteBuffer.wrap(lower).putInt(20, extentBytes).putShort(24, extents);
        write(0, fileBytes);

        assertThat(salvage(false)).isEqualTo(new Left(0, extentBytes * extents, Place.FILE, List.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 100000",
        "8191, 1, 8191, 100000",
        "12288, 1, 12288, 12287",
        "65537, 1, 65537, 100000",
        "-1, -1, 281470681677825, 100000"
    })
    void anImpossibleSizeOfTheHeaderIsTheSmallestOne(int extentBytes, short extents, long stated, int fileBytes)
            throws Exception {
        ByteBuffer.wrap(lower).putInt(20, extentBytes).putShort(24, extents);
        write(SIZE, fileBytes);

        Left left = salvage(false);

        assertThat(left.contentsAt()).isEqualTo(HEADER_BYTES);
        assertThat(left.damages())
                .first()
                .isEqualTo("the header states an impossible size of itself, " + stated + " bytes; 8192 were assumed");
    }

    @Test
    void theSizeInAnAttributeIsNotThatOfAHeaderInTheFile() throws Exception {
        Files.write(path, new byte[2 * EXTENT]);
        ByteBuffer.wrap(lower).putInt(20, 0);
        writeAttribute(path, lower);

        assertThat(salvage(false)).isEqualTo(new Left(SIZE, 0, Place.ATTRIBUTE, List.of()));
    }

    @Test
    void aFileWithoutAMarkerIsNoLowerFile() throws Exception {
        Files.write(path, new byte[WHOLE]);
        try (TreeFile file = KernelWrittenTrees.open(path)) {
            assertThat(SalvagedFile.of(file, true)).isEmpty();
        }
    }

    @Test
    void theHeaderMayComeFromAnotherFile() throws Exception {
        Path like = Files.write(directory.resolve("like"), lower);
        Files.write(path, new byte[HEADER_BYTES + EXTENT]);

        try (TreeFile other = KernelWrittenTrees.open(like)) {
            assertThat(Left.of(SalvagedFile.with(KernelWrittenTrees.open(path), other, false)))
                    .isEqualTo(new Left(
                            EXTENT,
                            HEADER_BYTES,
                            Place.FILE,
                            List.of(
                                    "the header was taken from another file",
                                    "the file is truncated: 4096 of 4097 bytes are there")));
        }
    }

    @Test
    void theHeaderMayComeFromAnotherFilesAttribute() throws Exception {
        Path like = Files.write(directory.resolve("like"), new byte[1]);
        writeAttribute(like, lower);
        Files.write(path, new byte[2 * EXTENT]);

        try (TreeFile other = KernelWrittenTrees.open(like)) {
            assertThat(Left.of(SalvagedFile.with(KernelWrittenTrees.open(path), other, false)))
                    .isEqualTo(new Left(SIZE, 0, Place.ATTRIBUTE, List.of("the header was taken from another file")));
        }
    }

    @Test
    void anotherFileWithoutAHeaderIsRefused() throws Exception {
        Path like = Files.write(directory.resolve("like"), new byte[WHOLE]);
        Files.write(path, lower);

        try (TreeFile other = KernelWrittenTrees.open(like);
                TreeFile file = KernelWrittenTrees.open(path)) {
            assertThatThrownBy(() -> SalvagedFile.with(file, other, false))
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessage("the file for the header has none itself");
        }
    }
}
