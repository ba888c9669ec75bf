package org.ecryptfsj.lower;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeFile;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What decrypting an extent of 4096 bytes costs, and its parts: 16 extents at once, as in a run. The tools run with the JVM's first
 * compiler alone ({@code -XX:TieredStopAtLevel=1}), so this does too.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgs = {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"})
@OperationsPerInvocation(ExtentBenchmark.EXTENTS)
public class ExtentBenchmark {
    static final int EXTENTS = 16;

    private static final int BYTES = EXTENTS * DecryptedContent.EXTENT_BYTES;
    private static final long FILE_BYTES = 256L * BYTES;
    private static final byte[] MEMORY = "/dev/shm".getBytes(StandardCharsets.US_ASCII);
    private static final FileName LOWER = FileName.of("ecryptfsj-extents.lower");
    private static final FileName PLAIN = FileName.of("ecryptfsj-extents.plain");

    private final ByteBuffer encrypted = ByteBuffer.allocateDirect(BYTES);
    private final ByteBuffer plain = ByteBuffer.allocateDirect(BYTES);
    private final byte[] iv = new byte[Md5Digest.BYTES];
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);
    private Secret key;
    private FileKey fileKey;
    private BlockMode cipher;
    private BlockMode cipherInJava;
    private LowerFile lower;
    private DecryptedContent contents;
    private TreeDirectory tree;
    private TreeFile written;
    private long position;

    /** Makes a lower file of 16 MiB in memory. */
    @Setup
    public void makeFile() throws IOException {
        key = Secret.takeBytes(HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f"));
        CipherSpec spec = new CipherSpec(FileCipher.AES, key.size());
        fileKey = new FileKey(spec, key);
        cipher = BlockMode.of(spec, key);
        cipherInJava = BlockMode.inJava(spec, key);
        tree = DescriptorTrees.ofThisProcess().directory(MEMORY);
        TreeFile file = tree.create(LOWER);
        file.setSize(Metadata.MIN_HEADER_BYTES + FILE_BYTES);
        for (long at = 0; at < FILE_BYTES; at += BYTES) {
            file.write(Metadata.MIN_HEADER_BYTES + at, buffer.clear());
        }
        Metadata metadata = Metadata.read(ByteBuffer.wrap(HexFormat.of()
                        .parseHex("0000000000000000" + "000000003c81b7f5" + "03000002" + "00002000" + "0001")))
                .withPlainSize(FILE_BYTES)
                .withHeaderBytes(Metadata.MIN_HEADER_BYTES);
        lower = new LowerFile(file, new LowerHeader(metadata, LowerHeader.Place.FILE, List.of()));
        contents = lower.contents(fileKey);
        written = tree.create(PLAIN);
    }

    /** Removes it. */
    @TearDown
    public void removeFile() throws IOException {
        contents.close();
        lower.close();
        written.close();
        cipher.close();
        cipherInJava.close();
        key.close();
        tree.remove(LOWER);
        tree.remove(PLAIN);
        tree.close();
    }

    /** All that a run does: read, decrypt, write. */
    @Benchmark
    public void decryptAndWrite() throws IOException {
        long at = next();
        contents.read(at, buffer.clear());
        written.write(at, buffer.flip());
    }

    /** Read and decrypt. */
    @Benchmark
    public int decrypt() throws IOException {
        return contents.read(next(), buffer.clear());
    }

    /** Read only. */
    @Benchmark
    public int read() throws IOException {
        return lower.file().read(Metadata.MIN_HEADER_BYTES + next(), buffer.clear());
    }

    /** Write only. */
    @Benchmark
    public void write() throws IOException {
        written.write(next(), buffer.clear());
    }

    /** The cipher only, by libcrypto. */
    @Benchmark
    public ByteBuffer cipher() {
        return decrypted(cipher);
    }

    /** The cipher only, by the Java runtime. */
    @Benchmark
    public ByteBuffer cipherInJava() {
        return decrypted(cipherInJava);
    }

    private ByteBuffer decrypted(BlockMode blocks) {
        blocks.beginCbc(iv);
        blocks.decryptCbc(encrypted, 0, BYTES, plain, 0);
        return plain;
    }

    private long next() {
        position = (position + BYTES) % FILE_BYTES;
        return position;
    }
}
