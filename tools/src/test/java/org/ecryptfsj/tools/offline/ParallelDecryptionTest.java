package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tools.command.CommandResult;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeException.Reason;
import org.ecryptfsj.tree.TreeFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decryption and checks on several threads give what one thread gives: files, record, report and order. */
@Timeout(300)
class ParallelDecryptionTest {
    private static final int COPIES = 12;
    private static final int LARGE_BYTES = 9 * ContentReader.PIECE_BYTES + 4097;

    @TempDir
    Path directory;

    private Path passphrase;
    private Path tree;
    private byte[] large;

    @BeforeEach
    void makeTree() throws Exception {
        LowerTreeFixture.unpackInto(directory);
        passphrase = LowerTreeFixture.passphraseFile(directory);
        tree = Files.createDirectory(directory.resolve("tree"));
        large = new byte[LARGE_BYTES];
        new Random(5).nextBytes(large);
        Arrays.fill(large, 3 * ContentReader.PIECE_BYTES, 5 * ContentReader.PIECE_BYTES + 12288, (byte) 0);
        LargeLowerFile.write(tree.resolve("large"), directory.resolve("aes-16-plain/f15"), large);
        for (int copy = 0; copy < COPIES; copy++) {
            copy(directory.resolve(copy % 2 == 0 ? "aes-16-plain" : "aes-32-names"), tree.resolve("copy" + copy));
            Files.writeString(tree.resolve("copy" + copy).resolve("foreign"), "not encrypted");
            truncate(tree.resolve("copy" + copy));
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        assertThat(new ProcessBuilder("cp", "-a", from.toString(), to.toString())
                        .start()
                        .waitFor())
                .isZero();
    }

    private static void truncate(Path copy) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(copy)) {
            files = all.filter(p -> p.toFile().length() == 8192 + 4096).sorted().toList();
        }
        try (RandomAccessFile file = new RandomAccessFile(files.get(0).toFile(), "rw")) {
            file.setLength(8192 + 100);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--salvage", "--salvage --fill --passthrough"})
    void severalThreadsGiveTheSameAsOne(String options) throws Exception {
        CommandResult one = decrypt(1, "one", options);
        CommandResult four = decrypt(4, "four", options);

        assertThat(four.code()).isEqualTo(one.code()).isEqualTo(1);
        assertThat(four.err()).isEqualTo(one.err()).contains("copy7/");
        assertThat(four.out()).isEqualTo(one.out()).contains("\"failures\":[");
        assertThat(state(directory.resolve("four"))).isEqualTo(state(directory.resolve("one")));
        assertThat(Files.readAllBytes(directory.resolve("four/large"))).isEqualTo(large);
        assertThat(paths("four")).isEqualTo(paths("one"));
        CommandResult again = decrypt(3, "four", options);
        assertThat(again.out()).contains("\"up_to_date\":" + upToDate(options));
    }

    /** With --salvage the shortened files are written, and written again. */
    private static int upToDate(String options) {
        int sound = 6 * COPIES + 1;
        return options.contains("--passthrough") ? sound + COPIES : sound;
    }

    /** The hashes of the paths in a record. */
    private Set<String> paths(String out) throws IOException {
        byte[] record = Files.readAllBytes(directory.resolve(out).resolve(".ecryptfs-decrypt.record"));
        Set<String> paths = new TreeSet<>();
        for (int at = 56; at < record.length; at += CompletedEntry.BYTES) {
            byte[] path = Arrays.copyOfRange(record, at, at + 2 * PathHash.BYTES);
            paths.add(Arrays.toString(path));
        }
        return paths;
    }

    private static Map<String, String> state(Path out) throws IOException {
        Map<String, String> state = new TreeMap<>();
        try (Stream<Path> all = Files.walk(out)) {
            for (Path path : all.toList()) {
                String name = out.relativize(path).toString();
                if (!name.isEmpty() && !name.startsWith(".ecryptfs-decrypt.record")) {
                    Map<String, Object> attributes =
                            Files.readAttributes(path, "unix:mode,lastModifiedTime,size", LinkOption.NOFOLLOW_LINKS);
                    boolean link = Files.isSymbolicLink(path);
                    FileTime modified = (FileTime) attributes.get("lastModifiedTime");
                    state.put(
                            name,
                            attributes.get("mode") + " "
                                    + (link ? Files.readSymbolicLink(path) : modified)
                                    + (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                                            ? " " + Arrays.hashCode(Files.readAllBytes(path))
                                            : ""));
                }
            }
        }
        return state;
    }

    @Test
    void theCheckOfSeveralThreadsIsThatOfOne() throws Exception {
        CommandResult one = check(1);
        CommandResult four = check(4);

        assertThat(four.code()).isEqualTo(one.code()).isEqualTo(1);
        assertThat(four.err()).isEqualTo(one.err()).contains("copy7/");
        assertThat(four.out()).isEqualTo(one.out()).contains("\"read_files\"");
    }

    private CommandResult check(int threads) throws IOException {
        return CommandResult.with(
                new EcryptfsCheck(),
                "--read",
                "--json",
                "--threads",
                String.valueOf(threads),
                "--passphrase-file",
                passphrase.toString(),
                tree.toString());
    }

    @Test
    void zerosInPlaceOfMissingPiecesAreCountedOnce() throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(tree.resolve("large").toFile(), "rw")) {
            file.setLength(8192 + 3L * ContentReader.PIECE_BYTES);
            file.setLength(8192 + 9L * ContentReader.PIECE_BYTES + 8192);
        }

        CommandResult one = decrypt(1, "one", "--salvage");
        CommandResult four = decrypt(4, "four", "--salvage");

        int missing = 6 * ContentReader.PIECE_BYTES / 4096 + 2;
        assertThat(one.err()).contains("large: zeros are in the place of " + missing + " extents");
        assertThat(four.err()).isEqualTo(one.err());
        byte[] expected = large.clone();
        Arrays.fill(expected, 3 * ContentReader.PIECE_BYTES, LARGE_BYTES, (byte) 0);
        assertThat(Files.readAllBytes(directory.resolve("four/large"))).isEqualTo(expected);
    }

    @Test
    void aForgedSizeOfFourTebibytesTakesNoTime() throws Exception {
        long forged = 1L << 42;
        try (RandomAccessFile file = new RandomAccessFile(tree.resolve("large").toFile(), "rw")) {
            file.writeLong(forged);
        }

        CommandResult four = decrypt(4, "four", "--salvage --fill");

        assertThat(four.err()).contains("of " + forged + " bytes are there, zeros are in the place of the others");
        assertThat(Files.size(directory.resolve("four/large"))).isEqualTo(forged);
    }

    @Test
    void aReadErrorConcernsItsFileOnlyAndTheFirstOneIsReported() throws Exception {
        FailingTrees.Fault fault = (method, arguments) -> {
            if (method.equals("read") && (long) arguments[0] >= 8192 + 4L * ContentReader.PIECE_BYTES) {
                throw new TreeException(Reason.OTHER, "bad sector " + (long) arguments[0] / ContentReader.PIECE_BYTES);
            }
        };

        String report = run(fault, (method, arguments) -> {});

        assertThat(report).contains("large: bad sector 4\n").contains("copy11");
        assertThat(directory.resolve("out/large")).doesNotExist();
        assertThat(directory.resolve("out/copy10/f15")).hasContent(LowerTreeFixture.plaintext(15));
        assertThat(partialFiles()).isEmpty();
    }

    @Test
    void aFileThatDisappearsConcernsItselfOnly() throws Exception {
        FailingTrees.Fault fault = (method, arguments) -> {
            if (method.equals("openFile") && arguments[0].equals(FileName.of("f15"))) {
                throw new TreeException(Reason.NOT_FOUND, Reason.NOT_FOUND.text());
            }
        };

        String report = run(fault, (method, arguments) -> {});

        assertThat(report).contains("copy0/f15: No such file or directory\n");
        assertThat(directory.resolve("out/copy0/f15")).doesNotExist();
        assertThat(directory.resolve("out/copy0/f4097")).hasContent(LowerTreeFixture.plaintext(4097));
        assertThat(directory.resolve("out/large")).hasBinaryContent(large);
    }

    @Test
    void aFullDiskEndsTheRunLeavesNoPartialFileAndTheNextRunContinues() throws Exception {
        AtomicLong space = new AtomicLong(300_000);
        FailingTrees.Fault full = (method, arguments) -> {
            if (method.equals("write") && space.addAndGet(-((ByteBuffer) arguments[1]).remaining()) < 0) {
                throw new TreeException(Reason.NO_SPACE, Reason.NO_SPACE.text());
            }
        };

        String report = run((method, arguments) -> {}, full);

        assertThat(report).contains("tool: no space is left in the output directory");
        assertThat(partialFiles()).isEmpty();
        assertThat(directory.resolve("out/large")).doesNotExist();
        CommandResult next = decrypt(4, "out", "");
        assertThat(next.out())
                .contains("\"decrypted\":")
                .contains("\"failed\":" + 2 * COPIES)
                .doesNotContain("\"up_to_date\":0,");
        assertThat(directory.resolve("out/large")).hasBinaryContent(large);
    }

    private List<Path> partialFiles() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve("out"))) {
            return all.filter(p -> p.getFileName().toString().startsWith(".ecryptfs-decrypt.part"))
                    .toList();
        }
    }

    /** Decrypts on four threads. */
    private String run(FailingTrees.Fault lower, FailingTrees.Fault output) throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream report = new ByteArrayOutputStream();
        System.setErr(new PrintStream(report, true, StandardCharsets.UTF_8));
        FileTrees trees = new FailingOutput(DescriptorTrees.ofThisProcess(), output);
        DecryptionOptions options = new DecryptionOptions(false, false, Optional.empty(), Optional.empty(), 4);
        try (OfflineKeys keys = LargeLowerFile.keys();
                TreeDirectory from = trees.directory(ByteText.bytes(tree));
                OutputTree out = OutputTree.open(trees, ByteText.bytes(directory.resolve("out")), from, false)) {
            TreeDecryption.run(
                    FailingTrees.directory(from, lower),
                    out,
                    options,
                    keys,
                    new DecryptionReport(new ProgressBar(false), new DecryptionSummary()));
        } catch (ToolFailure e) {
            e.report("tool");
        } finally {
            System.setErr(before);
        }
        return report.toString(StandardCharsets.UTF_8);
    }

    /** Trees whose output directory has faults. */
    private record FailingOutput(FileTrees real, FailingTrees.Fault fault) implements FileTrees {
        @Override
        public TreeDirectory directory(byte[] path) throws TreeException {
            return real.directory(path);
        }

        @Override
        public TreeFile file(byte[] path) throws TreeException {
            return real.file(path);
        }

        @Override
        public Output output(byte[] path, TreeDirectory outside) throws TreeException {
            Output output = real.output(path, outside);
            return new Output(
                    FailingTrees.directory(output.directory(), fault),
                    output.before(),
                    output.made(),
                    output.user(),
                    output.names());
        }

        @Override
        public boolean isRoot() {
            return real.isRoot();
        }
    }

    private CommandResult decrypt(int threads, String out, String options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--json", "--threads", String.valueOf(threads)));
        arguments.addAll(
                Stream.of(options.split(" ", -1)).filter(o -> !o.isEmpty()).toList());
        arguments.addAll(List.of(
                "--passphrase-file",
                passphrase.toString(),
                tree.toString(),
                directory.resolve(out).toString()));
        return CommandResult.with(new EcryptfsDecrypt(), arguments.toArray(new String[0]));
    }
}
