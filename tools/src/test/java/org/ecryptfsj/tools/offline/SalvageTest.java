package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.ecryptfsj.tools.command.CommandResult;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of damaged files is delivered. The cases are those of EcryptfsCheckTest. */
class SalvageTest {
    private static final int EXTENT_BYTES = 4096;
    private static final int CUT_BYTES = 2 * EXTENT_BYTES;
    private static final int STATED_BYTES = 20000;

    @TempDir
    Path directory;

    private Path passphrase;
    private Path out;

    /** What a command did, and the bytes that it printed. */
    private record Printed(CommandResult called, ByteArrayOutputStream printed) {
        byte[] bytes() {
            return printed.toByteArray();
        }
    }

    @BeforeEach
    void unpack() throws Exception {
        LowerTreeFixture.unpackInto(directory);
        passphrase = LowerTreeFixture.passphraseFile(directory);
        out = directory.resolve("out");
    }

    @Test
    void aCutFileEndsAfterItsLastWholeExtent() throws Exception {
        Path cut = copyCase("truncated").resolve("cut");

        assertThat(cat(cut).called().code()).isEqualTo(1);
        assertThat(decrypt(cut.getParent()).code()).isEqualTo(1);
        assertThat(out.resolve("cut")).doesNotExist();

        Printed salvaged = cat(cut, "--salvage");
        assertThat(salvaged.called().code()).isEqualTo(1);
        assertThat(salvaged.called().err()).contains("the file is truncated: 8192 of 20000 bytes are there\n");
        assertThat(salvaged.bytes()).hasSize(CUT_BYTES);

        CommandResult decrypted = decrypt(cut.getParent(), "--salvage");
        assertThat(decrypted.code()).isEqualTo(1);
        assertThat(decrypted.err()).contains("cut: the file is truncated: 8192 of 20000 bytes are there");
        assertThat(Files.readAllBytes(out.resolve("cut"))).isEqualTo(salvaged.bytes());
    }

    @Test
    void aCutFileIsFilledWithZerosIfAsked() throws Exception {
        Path cut = copyCase("truncated").resolve("cut");
        byte[] whole = Arrays.copyOf(cat(cut, "--salvage").bytes(), STATED_BYTES);

        Printed filled = cat(cut, "--salvage", "--fill");
        assertThat(filled.called().code()).isEqualTo(1);
        assertThat(filled.called().err()).contains("zeros are in the place of the others");
        assertThat(filled.bytes()).isEqualTo(whole);

        assertThat(decrypt(cut.getParent(), "--salvage", "--fill").code()).isEqualTo(1);
        assertThat(Files.readAllBytes(out.resolve("cut"))).isEqualTo(whole);
    }

    @Test
    void theNextRunReplacesAFileThatLackedSomething() throws Exception {
        Path tree = directory.resolve("aes-16-plain");
        byte[] whole = Files.readAllBytes(tree.resolve("f4097"));
        Files.write(tree.resolve("f4097"), Arrays.copyOf(whole, 8192 + EXTENT_BYTES));

        CommandResult first = decrypt(tree, "--salvage", "--json");
        assertThat(first.code()).isEqualTo(1);
        assertThat(JSON.std.mapFrom(first.out())).containsEntry("salvaged", 1).containsEntry("failed", 0);
        assertThat(out.resolve("f4097")).hasSize(EXTENT_BYTES);

        assertThat(decrypt(tree, "--salvage").code()).isEqualTo(1);

        Files.write(tree.resolve("f4097"), whole);
        CommandResult third = decrypt(tree, "--json");
        assertThat(third.code()).isZero();
        assertThat(JSON.std.mapFrom(third.out())).containsEntry("decrypted", 1).containsEntry("up_to_date", 6);
        assertThat(LowerTreeFixture.found(out)).isEqualTo(LowerTreeFixture.expected());
    }

    @Test
    void undamagedTreesAreDecryptedAsWithoutIt() throws Exception {
        CommandResult called = decrypt(directory.resolve("aes-32-names"), "--salvage");

        assertThat(called.code()).isZero();
        assertThat(LowerTreeFixture.found(out)).isEqualTo(LowerTreeFixture.expected());
    }

    @Test
    void impossibleSizesInTheHeaderAreTakenFromTheFile() throws Exception {
        Path file = directory.resolve("aes-16-plain/f4097");
        byte[] damaged = Files.readAllBytes(file);
        ByteBuffer.wrap(damaged).putLong(0, -5).putInt(20, 0x7fffffff);
        Files.write(file, damaged);

        Printed salvaged = cat(file, "--salvage");

        assertThat(salvaged.called().err())
                .contains("the header states an impossible size of itself")
                .contains("the header states an impossible size of the contents; 8192 bytes were delivered");
        byte[] plain = LowerTreeFixture.plaintext(4097).getBytes(StandardCharsets.ISO_8859_1);
        assertThat(salvaged.bytes()).isEqualTo(Arrays.copyOf(plain, 2 * EXTENT_BYTES));
    }

    @Test
    void anExtentInAHoleIsZerosAndTheOthersStayInTheirPlace() throws Exception {
        Path file = directory.resolve("aes-16-plain/f4097");
        byte[] whole = Files.readAllBytes(file);
        Files.delete(file);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(whole, 0, 8192);
            sparse.seek(8192 + EXTENT_BYTES);
            sparse.write(whole, 8192 + EXTENT_BYTES, EXTENT_BYTES);
        }
        assertThat(cat(file).called().code()).isEqualTo(1);

        Printed salvaged = cat(file, "--salvage");

        byte[] expected = new byte[4097];
        expected[4096] = (byte) LowerTreeFixture.plaintext(4097).charAt(4096);
        assertThat(salvaged.called().err()).contains("zeros are in the place of 1 extents of 4096 bytes");
        assertThat(salvaged.bytes()).isEqualTo(expected);

        decrypt(file.getParent(), "--salvage");
        assertThat(Files.readAllBytes(out.resolve("f4097"))).isEqualTo(expected);
    }

    @Test
    void aForgedSizeTakesNeitherTimeNorSpace() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("forged"));
        byte[] lower = Files.readAllBytes(directory.resolve("aes-16-plain/f15"));
        ByteBuffer.wrap(lower).putLong(0, 1L << 43);
        Files.write(tree.resolve("forged"), lower);

        CommandResult called = decrypt(tree, "--salvage", "--fill");

        assertThat(called.code()).isEqualTo(1);
        assertThat(out.resolve("forged")).hasSize(1L << 43);
    }

    @Test
    void aHeaderThatIsGoneIsTakenFromACopy() throws Exception {
        Path file = directory.resolve("aes-16-plain/f4097");
        byte[] lower = Files.readAllBytes(file);
        Path header = Files.write(directory.resolve("header"), Arrays.copyOf(lower, EXTENT_BYTES));
        Arrays.fill(lower, 0, EXTENT_BYTES, (byte) 0);
        Files.write(file, lower);
        assertThat(cat(file, "--salvage").called().err()).contains("not an eCryptfs file");

        Printed salvaged = cat(file, "--salvage", "--like", header.toString());

        assertThat(salvaged.called().err()).contains("the header was taken from another file");
        assertThat(new String(salvaged.bytes(), StandardCharsets.ISO_8859_1))
                .isEqualTo(LowerTreeFixture.plaintext(4097));
        assertThat(cat(file, "--like", header.toString()).called().err()).contains("--like needs --salvage");
    }

    @Test
    void headersThatAreGoneAreTakenFromTheSamePathsInACopy() throws Exception {
        Path copy = Files.createDirectory(directory.resolve("copy"));
        LowerTreeFixture.unpackInto(copy);
        Path tree = directory.resolve("aes-16-plain");
        for (String name : List.of("f4097", "dir/abcdefghijklmnopqrstuvwxyz0123456789")) {
            byte[] lower = Files.readAllBytes(tree.resolve(name));
            Arrays.fill(lower, 0, EXTENT_BYTES, (byte) 0);
            Files.write(tree.resolve(name), lower);
        }

        CommandResult called = decrypt(
                tree, "--salvage", "--like", copy.resolve("aes-16-plain").toString());

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err())
                .contains("dir/abcdefghijklmnopqrstuvwxyz0123456789: the header was taken from another file");
        assertThat(LowerTreeFixture.found(out)).isEqualTo(LowerTreeFixture.expected());
        assertThat(decrypt(tree, "--like", copy.toString()).err()).contains("--like needs --salvage");
    }

    @Test
    void entriesWithDamagedNamesKeepTheirEncryptedNames() throws Exception {
        Path tree = copyCase("damaged-names");

        CommandResult strict = decrypt(tree);
        assertThat(strict.code()).isEqualTo(1);

        CommandResult called = decrypt(tree, "--salvage", "--json");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err()).contains("it keeps its encrypted name").contains(".conflict: ");
        assertThat(JSON.std.mapFrom(called.out())).containsEntry("failed", 0);
        try (Stream<Path> lower = Files.walk(tree);
                Stream<Path> plain = Files.walk(out)) {
            long files = lower.filter(Files::isRegularFile).count();
            assertThat(plain.filter(p -> Files.isRegularFile(p)
                            && !p.getFileName().toString().startsWith(".ecryptfs-")))
                    .hasSize((int) files);
        }
        CommandResult list = decryptTo(tree, List.of("--list", "--salvage"));
        assertThat(list.code()).isEqualTo(1);
        assertThat(list.out()).contains(".conflict\n");
    }

    @Test
    void emptyLowerFilesAreEmptyFiles() throws Exception {
        CommandResult called = decrypt(copyCase("empty"), "--salvage", "--json");

        assertThat(called.code()).isZero();
        assertThat(JSON.std.mapFrom(called.out())).containsEntry("empty", 1).containsEntry("salvaged", 0);
        assertThat(out.resolve("empty")).isEmptyFile();
        assertThat(cat(directory.resolve("empty/empty"), "--salvage").called().code())
                .isZero();
    }

    @Test
    void fillWithoutSalvageIsRefused() throws Exception {
        assertThat(decrypt(directory.resolve("aes-16-plain"), "--fill").err()).contains("--fill needs --salvage");
    }

    private Printed cat(Path file, String... options) throws IOException {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("--passphrase-file", passphrase.toString(), file.toString()));
        CommandResult called = CommandResult.with(new EcryptfsCat(printed), arguments.toArray(new String[0]));
        return new Printed(called, printed);
    }

    private CommandResult decrypt(Path tree, String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.add("--quiet");
        return decryptTo(tree, arguments, out.toString());
    }

    private CommandResult decryptTo(Path tree, List<String> options, String... to) throws IOException {
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of("--passphrase-file", passphrase.toString(), tree.toString()));
        arguments.addAll(List.of(to));
        return CommandResult.with(new EcryptfsDecrypt(), arguments.toArray(new String[0]));
    }

    private Path copyCase(String name) throws Exception {
        Path from = Path.of(SalvageTest.class.getResource("cases/" + name).toURI());
        Path to = directory.resolve(name);
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
        return to;
    }
}
