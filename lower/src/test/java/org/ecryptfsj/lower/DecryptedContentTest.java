package org.ecryptfsj.lower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tree.TreeFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of 20 extents and a byte, as the specification says it is written. Sixteen extents are in memory at a time. */
class DecryptedContentTest {
    private static final int EXTENT = DecryptedContent.EXTENT_BYTES;
    private static final int HEADER_BYTES = 8192;
    private static final int SIZE = 20 * EXTENT + 1;

    @TempDir
    Path directory;

    private final byte[] plain = new byte[SIZE];
    private final byte[] fek = new byte[16];
    private final AtomicInteger reads = new AtomicInteger();
    private byte[] lower;
    private FileKey key;

    @BeforeEach
    void encrypt() throws Exception {
        Random random = new Random(1);
        random.nextBytes(fek);
        for (int i = 0; i < SIZE; i++) {
            plain[i] = (byte) (1 + random.nextInt(255));
        }
        lower = SpecifiedLowerFiles.encrypted("AES", "07", new byte[64], fek, plain);
        key = new FileKey(new CipherSpec(FileCipher.AES, fek.length), Secret.takeBytes(fek.clone()));
    }

    @AfterEach
    void forgetKey() {
        key.close();
    }

    private LowerFile file(byte[] bytes) throws Exception {
        return open(Files.write(directory.resolve("lower"), bytes));
    }

    private LowerFile open(Path path) throws Exception {
        LowerFile file = LowerFile.of(counting(KernelWrittenTrees.open(path))).orElseThrow();
        reads.set(0);
        return file;
    }

    /** Counts the reads. */
    private TreeFile counting(TreeFile file) {
        return (TreeFile) Proxy.newProxyInstance(
                TreeFile.class.getClassLoader(), new Class<?>[] {TreeFile.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("read")) {
                        reads.incrementAndGet();
                    }
                    try {
                        return method.invoke(file, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** A file with these bytes, and holes in the place of those at from..to, given in pairs. */
    private LowerFile withHoles(byte[] bytes, int... holes) throws Exception {
        Path path = directory.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(bytes.length);
            int from = 0;
            for (int i = 0; i < holes.length; i += 2) {
                write(file, bytes, from, holes[i]);
                from = holes[i + 1];
            }
            write(file, bytes, from, bytes.length);
        }
        return open(path);
    }

    private static void write(RandomAccessFile file, byte[] bytes, int from, int to) throws IOException {
        file.seek(from);
        file.write(bytes, from, to - from);
    }

    private static int at(int extent) {
        return HEADER_BYTES + extent * EXTENT;
    }

    private static byte[] read(DecryptedContent contents, int from, int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        assertThat(contents.read(from, into)).isEqualTo(length);
        return into.array();
    }

    @Test
    void sixteenExtentsAreReadAtOnceAndStayInMemory() throws Exception {
        try (LowerFile file = file(lower);
                DecryptedContent contents = file.contents(key)) {
            for (int from = 0; from < 16 * EXTENT; from += 1024) {
                assertThat(read(contents, from, 1024)).isEqualTo(Arrays.copyOfRange(plain, from, from + 1024));
            }
            assertThat(reads).hasValue(1);

            read(contents, 16 * EXTENT, 1);
            read(contents, SIZE - 1, 1);
            read(contents, 16 * EXTENT, 1);
            assertThat(reads).hasValue(2);

            read(contents, 16 * EXTENT - 1, 1);
            assertThat(reads).hasValue(3);
        }
    }

    @Test
    void theNumberOfBytesReadIsThatOfThisCall() throws Exception {
        try (LowerFile file = file(lower);
                DecryptedContent contents = file.contents(key)) {
            ByteBuffer into = ByteBuffer.allocate(EXTENT).position(EXTENT - 100);

            assertThat(contents.read(SIZE - 50, into)).isEqualTo(50);
            assertThat(contents.read(SIZE, into)).isZero();
            assertThat(Arrays.copyOfRange(into.array(), EXTENT - 100, EXTENT - 50))
                    .isEqualTo(Arrays.copyOfRange(plain, SIZE - 50, SIZE));
        }
    }

    /** The hole of one extent is in memory where extent 1 was. */
    @Test
    void anExtentInAHoleIsZerosAndCountedIfGapsAreTolerated() throws Exception {
        byte[] expected = plain.clone();
        Arrays.fill(expected, 17 * EXTENT, 18 * EXTENT, (byte) 0);
        try (LowerFile file = withHoles(lower, at(17), at(18));
                DecryptedContent contents = file.contents(key).toleratingGaps()) {
            assertThat(read(contents, 0, SIZE)).isEqualTo(expected);
            assertThat(contents.missingExtents()).isEqualTo(1);
        }
    }

    @Test
    void aCopyToleratesGapsAndCountsItsOwn() throws Exception {
        try (LowerFile file = withHoles(lower, at(17), at(18));
                DecryptedContent contents = file.contents(key).toleratingGaps();
                DecryptedContent copy = contents.copy()) {
            assertThat(read(copy, 17 * EXTENT, EXTENT)).containsOnly(0);

            assertThat(copy.missingExtents()).isEqualTo(1);
            assertThat(contents.missingExtents()).isZero();
        }
    }

    @Test
    void extentsBehindTheEndOfTheFileAreZerosAndCountedIfGapsAreTolerated() throws Exception {
        byte[] expected = plain.clone();
        Arrays.fill(expected, 18 * EXTENT, SIZE, (byte) 0);
        try (LowerFile file = file(Arrays.copyOf(lower, at(18) + 100));
                DecryptedContent contents = file.contents(key).toleratingGaps()) {
            assertThat(read(contents, 0, SIZE)).isEqualTo(expected);
            assertThat(contents.missingExtents()).isEqualTo(3);
        }
    }

    @Test
    void withoutToleranceAFileThatEndsTooEarlyIsRefused() throws Exception {
        try (LowerFile file = file(Arrays.copyOf(lower, at(18) + 100));
                DecryptedContent contents = file.contents(key)) {
            assertThatThrownBy(() -> read(contents, 16 * EXTENT, 1))
                    .isInstanceOf(MalformedLowerException.class)
                    .hasMessageContaining("truncated at extent 18 of 0 to 20");
        }
    }

    @Test
    void aHoleInUnencryptedContentsIsNotMissing() throws Exception {
        byte[] bytes = Arrays.copyOf(SpecifiedLowerFiles.unencryptedHeader(4 * EXTENT), at(4));
        Arrays.fill(bytes, at(3), at(4), (byte) 'x');
        try (LowerFile file = withHoles(bytes, at(0), at(3));
                DecryptedContent contents = file.contents().toleratingGaps()) {
            assertThat(read(contents, 0, 4 * EXTENT)).isEqualTo(Arrays.copyOfRange(bytes, HEADER_BYTES, at(4)));
            assertThat(contents.missingExtents()).isZero();
            assertThat(contents.nextData(0, contents.size())).isEqualTo(3 * EXTENT);
            assertThat(contents.missingExtents()).isZero();
        }
    }

    @Test
    void theNextDataOfUnencryptedContentsIsBehindTheHole() throws Exception {
        byte[] bytes = Arrays.copyOf(SpecifiedLowerFiles.unencryptedHeader(4 * EXTENT + 1), at(4));
        Arrays.fill(bytes, at(2), at(3), (byte) 'x');
        try (LowerFile file = withHoles(bytes, at(0), at(2), at(3), at(4));
                DecryptedContent contents = file.contents()) {
            assertThat(contents.nextData(0, contents.size())).isEqualTo(2 * EXTENT);
            assertThat(contents.nextData(100, EXTENT))
                    .as("the limit is in the hole")
                    .isEqualTo(EXTENT);
            assertThat(contents.nextData(2 * EXTENT + 1, contents.size())).isEqualTo(2 * EXTENT + 1);
            assertThat(contents.nextData(3 * EXTENT, contents.size()))
                    .as("only a hole")
                    .isEqualTo(4 * EXTENT + 1);
        }
    }

    @Test
    void encryptedContentsHaveDataEverywhereUnlessGapsAreTolerated() throws Exception {
        try (LowerFile file = withHoles(lower, at(2), at(5));
                DecryptedContent contents = file.contents(key)) {
            assertThat(contents.nextData(2 * EXTENT, SIZE)).isEqualTo(2 * EXTENT);
            assertThat(contents.nextData(7, SIZE)).isEqualTo(7);

            contents.toleratingGaps();

            assertThat(contents.nextData(7, SIZE)).isEqualTo(7);
            assertThat(contents.missingExtents()).isZero();
            assertThat(contents.nextData(2 * EXTENT, SIZE)).isEqualTo(5 * EXTENT);
            assertThat(contents.missingExtents()).isEqualTo(3);
            assertThat(contents.nextData(3 * EXTENT, 4 * EXTENT))
                    .as("the limit is in the hole")
                    .isEqualTo(4 * EXTENT);
            assertThat(contents.missingExtents()).isEqualTo(4);
        }
    }

    @Test
    void aHoleUpToTheEndIsMissingToItsLastIncompleteExtent() throws Exception {
        try (LowerFile file = withHoles(lower, at(18), at(21));
                DecryptedContent contents = file.contents(key).toleratingGaps()) {
            assertThat(contents.nextData(18 * EXTENT, SIZE)).isEqualTo(SIZE);
            assertThat(contents.missingExtents()).isEqualTo(3);
        }
    }

    /** Behind a header of 17 sectors an extent is in two pages of the file. */
    @Test
    void anExtentThatBeginsInAHoleAndEndsInDataIsNotMissing() throws Exception {
        int headerBytes = 17 * 512;
        byte[] bytes = new byte[headerBytes + 21 * EXTENT];
        System.arraycopy(lower, 0, bytes, 0, HEADER_BYTES);
        System.arraycopy(lower, HEADER_BYTES, bytes, headerBytes, 21 * EXTENT);
        ByteBuffer.wrap(bytes).putInt(20, 512).putShort(24, (short) 17);
        try (LowerFile file = withHoles(bytes, 3 * EXTENT, 5 * EXTENT);
                DecryptedContent contents = file.contents(key).toleratingGaps()) {
            assertThat(contents.nextData(EXTENT, SIZE)).isEqualTo(2 * EXTENT);
            assertThat(contents.missingExtents()).isEqualTo(1);
        }
    }

    @Test
    void closedContentsHaveNoKey() throws Exception {
        try (LowerFile file = file(lower)) {
            DecryptedContent contents = file.contents(key);
            read(contents, 0, 1);

            contents.close();

            assertThatThrownBy(() -> read(contents, 0, 1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void onlyEncryptedContentsHaveAPaddingOfZeros() throws Exception {
        byte[] bytes = Arrays.copyOf(SpecifiedLowerFiles.unencryptedHeader(1), at(1));
        Arrays.fill(bytes, at(0), at(1), (byte) 'x');
        try (LowerFile file = file(bytes);
                DecryptedContent contents = file.contents()) {
            contents.requireZeroPadding();
        }
    }
}
