package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ecryptfsj.tools.command.CommandResult;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EcryptfsRekeyTest {
    private static final String OLD_KEY = "d395309aaad4de06";
    private static final String OLD_NAMES = "be877764c5918621";
    private static final int HEADER_BYTES = 4096;
    private static final int FIXED_BYTES = 26;

    @TempDir
    Path directory;

    private Path oldPassphrase;
    private Path newPassphrase;

    @BeforeEach
    void unpack() throws Exception {
        LowerTreeFixture.unpackInto(directory);
        oldPassphrase = LowerTreeFixture.passphraseFile(directory);
        newPassphrase = secret("new", "passphrase_passwd=another one\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-16-plain", "aes-24-names", "aes-32-names"})
    void bothKeysOpenTheFilesWhenOneWasAdded(String tree) throws Exception {
        CommandResult called = rekey(tree, "--add-passphrase-file", newPassphrase.toString());

        assertThat(called.err()).isEmpty();
        assertThat(called.code()).isZero();
        assertThat(called.out())
                .isEqualTo(
                        """
                        7 files, 7 encrypted
                        keys added to 7 files, 0 had them before
                        0 failed
                        """);
        assertThat(decrypted(tree, oldPassphrase)).isEqualTo(LowerTreeFixture.expected());
        assertThat(opened(tree, newPassphrase)).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-16-plain", "aes-24-names", "aes-32-names"})
    void onlyTheNewKeyOpensTheTreeWhenItReplacedTheOldOne(String tree) throws Exception {
        CommandResult called = replace(tree);

        assertThat(called.err()).isEmpty();
        assertThat(called.code()).isZero();
        assertThat(called.out())
                .contains("keys dropped from 7 files\n")
                .contains("a person who had a dropped key can have kept the file keys");
        assertThat(decrypted(tree, newPassphrase)).isEqualTo(LowerTreeFixture.expected());
        assertThat(opened(tree, oldPassphrase)).isZero();
        CommandResult check = CommandResult.with(
                new EcryptfsCheck(), "--passphrase-file", newPassphrase.toString(), "--read", lower(tree));
        assertThat(check.err()).isEmpty();
        assertThat(check.out())
                .doesNotContain(OLD_KEY)
                .doesNotContain(OLD_NAMES)
                .doesNotContain("0000000000000000");
    }

    @Test
    void aSecondRunFindsNothingToDo() throws Exception {
        replace("aes-32-names");
        Map<String, byte[]> before = contents("aes-32-names");

        CommandResult called = replace("aes-32-names");

        assertThat(called.code()).isZero();
        assertThat(called.out())
                .contains("keys added to 0 files, 7 had them before\n")
                .contains("keys dropped from 0 files\n")
                .contains("0 names and 0 targets of symbolic links encrypted with the new key\n");
        assertThat(contents("aes-32-names")).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void onlyBytesOfThePacketsAreWrittenAndTimesStay() throws Exception {
        Path file = directory.resolve("aes-16-plain/f4097");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_123L));
        byte[] before = Files.readAllBytes(file);

        rekey("aes-16-plain", "--add-passphrase-file", newPassphrase.toString(), "--drop", OLD_KEY);

        byte[] after = Files.readAllBytes(file);
        assertThat(Arrays.copyOf(after, FIXED_BYTES)).isEqualTo(Arrays.copyOf(before, FIXED_BYTES));
        assertThat(Arrays.copyOfRange(after, HEADER_BYTES, after.length))
                .isEqualTo(Arrays.copyOfRange(before, HEADER_BYTES, before.length));
        assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(1_000_000_000_123L);
    }

    @Test
    void nothingIsLeftOfADroppedKeyWhereverItWas() throws Exception {
        Path file = directory.resolve("aes-16-plain/f15");
        byte[] before = Files.readAllBytes(file);
        String oldFileKey = HexFormat.of().formatHex(before, 41, 57);
        rekey("aes-16-plain", "--add-passphrase-file", newPassphrase.toString());
        String newKey = signatureOf(newPassphrase);

        CommandResult last = rekey("aes-16-plain", "--drop", newKey);

        assertThat(last.code()).isZero();
        assertThat(Files.readAllBytes(file)).isEqualTo(before);

        rekey("aes-16-plain", "--add-passphrase-file", newPassphrase.toString(), "--drop", OLD_KEY);

        assertThat(HexFormat.of().formatHex(Files.readAllBytes(file))).doesNotContain(oldFileKey);
    }

    @Test
    void theLastUsableKeyIsNotDropped() throws Exception {
        Map<String, byte[]> before = contents("aes-16-plain");

        CommandResult only = rekey("aes-16-plain", "--drop", OLD_KEY);

        assertThat(only.code()).isEqualTo(1);
        assertThat(only.err()).contains("f15: it has no other key: nothing is dropped; add a key first");
        assertThat(contents("aes-16-plain")).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void aKeyIsNotDroppedIfTheOtherOneWasNotGiven() throws Exception {
        rekey("aes-16-plain", "--add-passphrase-file", newPassphrase.toString());
        Map<String, byte[]> before = contents("aes-16-plain");

        CommandResult called = rekey("aes-16-plain", "--drop", OLD_KEY);

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err())
                .contains("nothing is dropped, because no other key was seen to open the file: no key "
                        + signatureOf(newPassphrase));
        assertThat(contents("aes-16-plain")).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void keysThatGiveDifferentFileKeysChangeNothing() throws Exception {
        rekey("aes-16-plain", "--add-passphrase-file", newPassphrase.toString());
        Path file = directory.resolve("aes-16-plain/f15");
        byte[] header = Files.readAllBytes(file);
        header[41] ^= 1;
        Files.write(file, header);

        CommandResult called = rekey(
                "aes-16-plain",
                "--key",
                "passphrase:passphrase_passwd_file=" + newPassphrase,
                "--drop",
                signatureOf(newPassphrase));

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err()).contains("f15: key").contains("gives another file key than the file's other keys");
        assertThat(Files.readAllBytes(file)).isEqualTo(header);
    }

    @Test
    void aDryRunWritesNothingAndReportsWhatWouldBeDone() throws Exception {
        Map<String, byte[]> before = contents("aes-32-names");

        CommandResult called = rekey(
                "aes-32-names",
                "--add-passphrase-file",
                newPassphrase.toString(),
                "--drop",
                OLD_KEY,
                "--names",
                "--dry-run",
                "--json");

        assertThat(called.code()).isZero();
        assertThat(JSON.std.mapFrom(called.out()))
                .containsEntry("dry_run", true)
                .containsEntry("mounted", false)
                .containsEntry("added_keys", List.of(signatureOf(newPassphrase)))
                .containsEntry("dropped_keys", List.of(OLD_KEY))
                .containsEntry("files", 7)
                .containsEntry("encrypted_files", 7)
                .containsEntry("files_with_keys_added", 7)
                .containsEntry("files_with_keys_dropped", 7)
                .containsEntry("names_changed", 9)
                .containsEntry("targets_changed", 1)
                .containsEntry("failed", 0)
                .containsEntry("failures", List.of());
        assertThat(contents("aes-32-names")).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void theKeyOfAKeyModuleReplacesAPassphrase() throws Exception {
        Path pem = directory.resolve("key.pem");
        assertThat(new ProcessBuilder("openssl", "genrsa", "-out", pem.toString(), "2048")
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("genrsa.log").toFile())
                        .start()
                        .waitFor())
                .isZero();
        Files.setPosixFilePermissions(pem, PosixFilePermissions.fromString("rw-------"));
        String module = "openssl:openssl_keyfile=" + pem;

        CommandResult called = rekey("aes-32-names", "--add-key", module, "--drop", OLD_KEY);

        assertThat(called.err()).isEmpty();
        assertThat(called.code()).isZero();
        Path out = directory.resolve("out");
        CommandResult decrypt = CommandResult.with(
                new EcryptfsDecrypt(),
                "--key",
                module,
                "--passphrase-file",
                oldPassphrase.toString(),
                lower("aes-32-names"),
                out.toString());
        assertThat(decrypt.code()).isZero();
        assertThat(LowerTreeFixture.found(out)).isEqualTo(LowerTreeFixture.expected());

        CommandResult back = CommandResult.with(
                new EcryptfsRekey(),
                "--key",
                module,
                "--add-passphrase-file",
                oldPassphrase.toString(),
                lower("aes-32-names"));
        assertThat(back.code()).isZero();
        assertThat(decrypted("aes-32-names", oldPassphrase)).isEqualTo(LowerTreeFixture.expected());
    }

    @Test
    void aHeaderInTheAttributeIsReplaced() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("attributes"));
        byte[] whole = Files.readAllBytes(directory.resolve("aes-16-plain/f4097"));
        Path file = Files.write(tree.resolve("f4097"), Arrays.copyOfRange(whole, 8192, whole.length));
        assumeTrue(
                Files.getFileStore(file).supportsFileAttributeView("user"),
                "the temporary directory takes no attributes");
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .write("ecryptfs", ByteBuffer.wrap(whole, 0, 100));

        CommandResult called =
                rekey("attributes", "--add-passphrase-file", newPassphrase.toString(), "--drop", OLD_KEY);

        assertThat(called.err()).isEmpty();
        assertThat(called.code()).isZero();
        assertThat(opened("attributes", oldPassphrase)).isZero();
        assertThat(decrypted("attributes", newPassphrase)).isEqualTo(Map.of("f4097", LowerTreeFixture.plaintext(4097)));
    }

    @Test
    void aHeaderWithoutSpaceStaysAsItIs() throws Exception {
        Path tree = directory.resolve("aes-16-plain");
        List<String> arguments = new ArrayList<>();
        for (int i = 0; i < 74; i++) {
            arguments.addAll(List.of(
                    "--add-passphrase-file",
                    secret("pass" + i, "passphrase_passwd=number " + i + "\n").toString()));
        }
        try (Stream<Path> all = Files.walk(tree)) {
            all.filter(p -> Files.isRegularFile(p) && !p.endsWith("f15")).forEach(EcryptfsRekeyTest::delete);
        }
        byte[] before = Files.readAllBytes(tree.resolve("f15"));

        CommandResult called = rekey("aes-16-plain", arguments.toArray(new String[0]));

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err()).contains("f15: the header has no space for more keys: 4015 bytes are free");
        assertThat(Files.readAllBytes(tree.resolve("f15"))).isEqualTo(before);
    }

    @Test
    void linksAreNotFollowedAndOtherFilesStayAsTheyAre() throws Exception {
        Path tree = directory.resolve("aes-16-plain");
        Path outside = Files.copy(tree.resolve("f15"), directory.resolve("outside"));
        byte[] before = Files.readAllBytes(outside);
        Files.createSymbolicLink(tree.resolve("linked"), outside);
        Files.createSymbolicLink(tree.resolve("above"), directory.resolve("aes-32-names"));
        Files.writeString(tree.resolve("text"), "not encrypted");
        Files.createFile(tree.resolve("empty"));
        assertThat(new ProcessBuilder("mkfifo", tree.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();
        Map<String, byte[]> others = contents("aes-32-names");

        CommandResult called = rekey("aes-16-plain", "--add-passphrase-file", newPassphrase.toString(), "--json");

        assertThat(called.code()).isZero();
        assertThat(JSON.std.mapFrom(called.out())).containsEntry("files", 9).containsEntry("encrypted_files", 7);
        assertThat(Files.readAllBytes(outside)).isEqualTo(before);
        assertThat(contents("aes-32-names")).usingRecursiveComparison().isEqualTo(others);
    }

    @Test
    void filesThatCannotBeOpenedAreReportedOnceAndStay() throws Exception {
        Path other = secret("other", "passphrase_passwd=not that one\n");
        Map<String, byte[]> before = contents("aes-16-plain");

        CommandResult called = CommandResult.with(
                new EcryptfsRekey(),
                "--passphrase-file",
                other.toString(),
                "--add-passphrase-file",
                newPassphrase.toString(),
                "--drop",
                OLD_KEY,
                "--json",
                lower("aes-16-plain"));

        assertThat(called.code()).isEqualTo(1);
        assertThat(JSON.std.mapFrom(called.out())).containsEntry("failed", 7).containsEntry("files_with_keys_added", 0);
        assertThat(called.err()).contains("f15: no key " + OLD_KEY);
        assertThat(contents("aes-16-plain")).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void aNameThatExistsUnderTheNewKeyIsNotReplaced() throws Exception {
        Path tree = directory.resolve("aes-32-names");
        LowerTreeFixture.unpackInto(Files.createDirectory(directory.resolve("second")));
        replace("second/aes-32-names");
        Path renamed;
        try (Stream<Path> all = Files.list(directory.resolve("second/aes-32-names"))) {
            renamed = all.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        Files.writeString(tree.resolve(renamed.getFileName()), "not to be lost");

        CommandResult called = replace("aes-32-names");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err())
                .contains("the directory has the same name under the new key: one of both must be removed");
        assertThat(tree.resolve(renamed.getFileName())).hasContent("not to be lost");
    }

    @Test
    void optionsThatDoNotFitAreRefused() throws Exception {
        assertThat(rekey("aes-16-plain").err()).contains("nothing to do");
        assertThat(rekey("aes-16-plain", "--drop", "nothing").err()).contains("--drop: a signature is 16");
        assertThat(rekey("aes-16-plain", "--add-passphrase-file", oldPassphrase.toString(), "--drop", OLD_KEY)
                        .err())
                .contains("key " + OLD_KEY + " is to be added and to be dropped");
        assertThat(rekey("aes-16-plain", "--drop", OLD_KEY, "--names").err()).contains("--names needs one new key");
    }

    private CommandResult replace(String tree) throws IOException {
        return rekey(tree, "--add-passphrase-file", newPassphrase.toString(), "--drop", OLD_KEY, "--names");
    }

    private CommandResult rekey(String tree, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(List.of("--passphrase-file", oldPassphrase.toString()));
        arguments.add(lower(tree));
        return CommandResult.with(new EcryptfsRekey(), arguments.toArray(new String[0]));
    }

    private String lower(String tree) {
        return directory.resolve(tree).toString();
    }

    private Path secret(String name, String line) throws IOException {
        Path file = Files.writeString(directory.resolve(name), line);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static void delete(Path file) {
        assertThat(file.toFile().delete()).isTrue();
    }

    /** The signature of the key for contents, from a file that has this key too. */
    private String signatureOf(Path passphrase) throws Exception {
        Path probe = Files.createTempDirectory(directory, "probe");
        LowerTreeFixture.unpackInto(probe);
        CommandResult called = CommandResult.with(
                new EcryptfsRekey(),
                "--passphrase-file",
                oldPassphrase.toString(),
                "--add-passphrase-file",
                passphrase.toString(),
                "--dry-run",
                "--json",
                probe.resolve("aes-16-plain").toString());
        return (String) ((List<?>) JSON.std.mapFrom(called.out()).get("added_keys")).get(0);
    }

    private Map<String, String> decrypted(String tree, Path passphrase) throws IOException {
        Path out = Files.createTempDirectory(directory, "out");
        CommandResult called = CommandResult.with(
                new EcryptfsDecrypt(), "--passphrase-file", passphrase.toString(), lower(tree), out.toString());
        assertThat(called.code()).isZero();
        return LowerTreeFixture.found(out);
    }

    /** How many files a passphrase opens. */
    private int opened(String tree, Path passphrase) throws IOException {
        CommandResult called = CommandResult.with(
                new EcryptfsCheck(), "--passphrase-file", passphrase.toString(), "--read", "--json", lower(tree));
        return (Integer) JSON.std.mapFrom(called.out()).get("read_files");
    }

    private Map<String, byte[]> contents(String tree) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory.resolve(tree))) {
            for (Path path : all.filter(p -> Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                contents.put(path.toString(), Files.readAllBytes(path));
            }
        }
        return contents;
    }
}
