package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ecryptfsj.tools.command.CommandResult;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EcryptfsCheckTest {
    private static final String CONTENT_KEY = "d395309aaad4de06";
    private static final String NAME_KEY = "be877764c5918621";

    /** In a header with one TAG 3 packet of a 16-byte key: docs/spec/packets.md, section 8. */
    private static final int AT_ENCRYPTED_KEY = 41;

    private static final int AT_FLAGS = 16;

    @TempDir
    Path directory;

    private Path passphrase;

    @BeforeEach
    void unpack() throws Exception {
        LowerTreeFixture.unpackInto(directory);
        passphrase = LowerTreeFixture.passphraseFile(directory);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-16-plain", "aes-24-names", "aes-32-names"})
    void aTreeOfTheKernelIsSoundWithoutAKeyWithOneAndReadToItsEnd(String tree) throws Exception {
        CommandResult withoutKey = check(tree);
        assertThat(withoutKey.err()).isEmpty();
        assertThat(withoutKey.code()).isZero();

        CommandResult withKey = checkWithKey(tree);
        assertThat(withKey.err()).isEmpty();
        assertThat(withKey.code()).isZero();
        assertThat(withKey.out()).contains("7 file keys and ").contains(", 0 files read\n");

        CommandResult read = checkWithKey(tree, "--read");
        assertThat(read.err()).isEmpty();
        assertThat(read.code()).isZero();
        assertThat(read.out()).contains(", 7 files read\n").contains("not authenticated");
    }

    @Test
    void theSummaryCountsFilesAndNamesBySignature() throws Exception {
        assertThat(check("aes-32-names").out())
                .isEqualTo(
                        """
                        7 files (86016 bytes), 1 directories, 1 symlinks
                        9 encrypted names, 0 plain names
                        10 names under key be877764c5918621
                        7 files under key d395309aaad4de06
                        sound: 0 problems, 0 notes
                        no key was given: only headers, names and sizes were checked
                        """);
    }

    @Test
    void theJsonHasCountsKeysAndNoFinding() throws Exception {
        CommandResult called = checkWithKey("aes-32-names", "--read", "--json");

        Map<String, Object> summary = JSON.std.mapFrom(called.out());
        assertThat(summary.keySet())
                .containsExactly(
                        "sound",
                        "keys_given",
                        "contents_read",
                        "contents_authenticated",
                        "files",
                        "bytes",
                        "directories",
                        "symlinks",
                        "special_files",
                        "encrypted_files",
                        "unencrypted_files",
                        "empty_files",
                        "foreign_files",
                        "leftover_files",
                        "opened_files",
                        "read_files",
                        "encrypted_names",
                        "plain_names",
                        "opened_names",
                        "keys",
                        "other_keys",
                        "problems",
                        "notes",
                        "kinds",
                        "findings");
        assertThat(summary)
                .containsEntry("sound", true)
                .containsEntry("keys_given", true)
                .containsEntry("contents_read", true)
                .containsEntry("contents_authenticated", false)
                .containsEntry("files", 7)
                .containsEntry("opened_files", 7)
                .containsEntry("read_files", 7)
                .containsEntry("opened_names", 9)
                .containsEntry("findings", List.of())
                .containsEntry(
                        "keys",
                        List.of(
                                Map.of("signature", NAME_KEY, "files", 0, "names", 10),
                                Map.of("signature", CONTENT_KEY, "files", 7, "names", 0)));
    }

    @Test
    void nothingIsChanged() throws Exception {
        Map<String, String> before = state(directory.resolve("aes-32-names"));

        checkWithKey("aes-32-names", "--read");

        assertThat(state(directory.resolve("aes-32-names"))).isEqualTo(before);
    }

    @Test
    void eachDamageIsNamedWithItsFileAndTheOthersAreChecked() throws Exception {
        Path tree = directory.resolve("aes-16-plain");
        truncate(tree.resolve("f4097"), 12300);
        byte[] header = Files.readAllBytes(tree.resolve("f15"));
        header[29] = 0x55;
        Files.write(tree.resolve("f15"), header);
        Files.write(tree.resolve("f4096"), new byte[5], StandardOpenOption.APPEND);
        Files.writeString(tree.resolve("foreign"), "no eCryptfs");
        Files.createFile(tree.resolve("empty"));

        CommandResult called = check("aes-16-plain", "--json");

        assertThat(called.code()).isEqualTo(1);
        assertThat(kinds(called))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "f4097", "truncated",
                        "f15", "header-damaged",
                        "f4096", "longer",
                        "foreign", "no-header"));
        assertThat(called.err())
                .contains("ecryptfs-check: f4097: the file is truncated at extent 1 of 0 to 1: it ends at byte 12300")
                .contains("f15: the TAG 3 packet at byte 26 has the unknown cipher code 85")
                .contains("f4096: the file has 5 bytes behind its contents, which have 4096 bytes by its header")
                .contains("foreign: not an eCryptfs file");
        assertThat(JSON.std.mapFrom(called.out()))
                .containsEntry("sound", false)
                .containsEntry("problems", 4)
                .containsEntry("notes", 0)
                .containsEntry("empty_files", 1)
                .containsEntry("foreign_files", 1)
                .containsEntry("kinds", Map.of("truncated", 1, "header-damaged", 1, "longer", 1, "no-header", 1));
        assertThat(kinds(check("aes-16-plain", "--json", "--passthrough"))).doesNotContainKey("foreign");
    }

    @Test
    void aHoleInEncryptedContentsIsFoundAndNotRead() throws Exception {
        Path file = directory.resolve("aes-16-plain/f4097");
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).putLong(0, 1L << 40);
        Files.write(file, Arrays.copyOf(bytes, 12288));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), (1L << 40) + 8191);
        }

        CommandResult called = checkWithKey("aes-16-plain", "--read", "--json");

        assertThat(kinds(called)).isEqualTo(Map.of("f4097", "hole"));
        assertThat(JSON.std.mapFrom(called.out())).containsEntry("read_files", 6);
    }

    @Test
    void aDamagedFileKeyOfAPassphraseIsFoundByThePaddingAlthoughItHasNoChecksum() throws Exception {
        Path file = directory.resolve("aes-16-plain/f15");
        byte[] bytes = Files.readAllBytes(file);
        bytes[AT_ENCRYPTED_KEY + 2] ^= 1;
        Files.write(file, bytes);

        assertThat(check("aes-16-plain").code()).isZero();
        CommandResult called = checkWithKey("aes-16-plain", "--json");

        assertThat(called.code()).isEqualTo(1);
        assertThat(kinds(called)).isEqualTo(Map.of("f15", "padding"));
        assertThat(called.err()).contains("f15: the last extent is not filled with zeros");
    }

    @Test
    void damagedNamesHaveTheirReasonAndDirectoriesAreEntered() throws Exception {
        Path lower = copyCase("damaged-names");

        CommandResult withoutKey = check("damaged-names", "--json");
        assertThat(withoutKey.code()).isEqualTo(1);
        assertThat(kinds(withoutKey).values()).containsExactly("name-damaged");
        assertThat(withoutKey.err()).contains(".conflict: the encrypted name has 69 characters after its prefix");

        CommandResult withKey = checkWithKey("damaged-names", "--json", "--read");
        assertThat(withKey.code()).isEqualTo(1);
        assertThat(kinds(withKey).values())
                .containsExactlyInAnyOrder("name-damaged", "name-not-opened", "name-not-opened");
        assertThat(JSON.std.mapFrom(withKey.out())).containsEntry("read_files", 3);
        assertThat(lower).isNotEmptyDirectory();
    }

    @Test
    void anEncryptedNameWithCharactersAddedIsNotTheOneThatAMountLooksFor() throws Exception {
        Path tree = directory.resolve("aes-32-names");
        Path name = anEncryptedFile(tree);
        Files.move(name, tree.resolve(name.getFileName() + "----"));
        Files.createFile(tree.resolve("ECRYPTFS_FNEK_ENCRYPTED."));
        Files.createFile(tree.resolve("Copy of " + name.getFileName()));

        CommandResult called = check("aes-32-names", "--json");

        assertThat(kinds(called).values()).containsExactly("name-damaged", "name-damaged", "name-damaged");
        assertThat(called.err()).contains("----: the encrypted name has characters behind its packet");
    }

    @Test
    void withAnotherKeyEachFileSaysWhichOneIsMissing() throws Exception {
        Files.writeString(passphrase, "passphrase_passwd=another\n");

        CommandResult called = checkWithKey("aes-32-names", "--json");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err())
                .contains("no key be877764c5918621 for its name")
                .contains("no key d395309aaad4de06")
                .contains("the target: no key be877764c5918621");
        assertThat(JSON.std.mapFrom(called.out()))
                .containsEntry("kinds", Map.of("name-not-opened", 9, "target-not-opened", 1, "file-not-opened", 7));
    }

    @Test
    void findingsShowTheDecryptedNameToo() throws Exception {
        Path name = anEncryptedFile(directory.resolve("aes-32-names"));
        truncate(name, 8195);

        CommandResult called = checkWithKey("aes-32-names");

        assertThat(called.err()).contains(name.getFileName() + " (f").contains("): the file is truncated at extent 0");
    }

    @Test
    void temporaryFilesAndUselessFlagsAreNotesAndTheTreeIsSound() throws Exception {
        Path tree = directory.resolve("aes-32-names");
        Path name = anEncryptedFile(tree);
        Files.writeString(tree.resolve("." + name.getFileName() + ".a1B2c3"), "half of it");
        Files.copy(name, tree.resolve(".nfs00000000000a1b2c00000001"));
        Files.copy(name, tree.resolve("restored.txt"));
        Path flags = directory.resolve("aes-16-plain/f1");
        byte[] header = Files.readAllBytes(flags);
        header[AT_FLAGS + 3] |= 0x15;
        Files.write(flags, header);

        CommandResult called = check("aes-32-names", "--json");
        assertThat(called.code()).isZero();
        assertThat(JSON.std.mapFrom(called.out()))
                .containsEntry("sound", true)
                .containsEntry("leftover_files", 2)
                .containsEntry("foreign_files", 0)
                .containsEntry("kinds", Map.of("leftover", 2, "name-plain", 1));

        CommandResult ofFlags = check("aes-16-plain", "--json");
        assertThat(ofFlags.code()).isZero();
        assertThat(ofFlags.err())
                .contains("note: f1: the header is in the file, but its flags say that it is in the extended attribute")
                .contains("note: f1: the header has the flags 0x17");
    }

    @Test
    void linksAreNotFollowedAndPipesDoNotStopTheCheck() throws Exception {
        Path tree = directory.resolve("aes-16-plain");
        Files.createSymbolicLink(tree.resolve("out"), directory);
        assertThat(new ProcessBuilder("mkfifo", tree.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();

        CommandResult called = check("aes-16-plain", "--json");

        assertThat(called.code()).isZero();
        assertThat(JSON.std.mapFrom(called.out()))
                .containsEntry("files", 7)
                .containsEntry("symlinks", 2)
                .containsEntry("special_files", 1);
    }

    @Test
    void controlCharactersOfNamesDoNotReachTheTerminal() throws Exception {
        Files.writeString(directory.resolve("aes-16-plain/\u001b[2Jred"), "none");

        assertThat(check("aes-16-plain").err())
                .contains("\\x1b[2Jred: not an eCryptfs file")
                .doesNotContain("\u001b");
    }

    @Test
    void ofThousandsOfFindingsTheFirstAreKeptAndAllArePrintedAndCounted() throws Exception {
        Path lower = Files.createDirectory(directory.resolve("foreign"));
        for (int i = 0; i < CheckSummary.MAX_FINDINGS + 7; i++) {
            Files.writeString(lower.resolve("file" + i), "none");
        }

        CommandResult called = check("foreign", "--json");

        Map<String, Object> summary = JSON.std.mapFrom(called.out());
        assertThat(summary).containsEntry("problems", CheckSummary.MAX_FINDINGS + 7);
        assertThat((List<?>) summary.get("findings")).hasSize(CheckSummary.MAX_FINDINGS);
        assertThat(called.err().lines()).hasSize(CheckSummary.MAX_FINDINGS + 7);
    }

    @Test
    void ofThousandsOfSignaturesTheFirstAreCountedOneByOne() throws Exception {
        Path lower = Files.createDirectory(directory.resolve("signatures"));
        byte[] header = Arrays.copyOf(Files.readAllBytes(directory.resolve("aes-16-plain/f0")), 8192);
        int signatureAt = signatureAt(header);
        for (int i = 0; i < SignatureCounts.MAX_SIGNATURES + 7; i++) {
            ByteBuffer.wrap(header).putInt(signatureAt, i);
            Files.write(lower.resolve("file" + i), header);
        }

        Map<String, Object> summary =
                JSON.std.mapFrom(check("signatures", "--json").out());

        assertThat((List<?>) summary.get("keys")).hasSize(SignatureCounts.MAX_SIGNATURES);
        assertThat(summary)
                .containsEntry("other_keys", Map.of("files", 7, "names", 0))
                .containsEntry("sound", true);
    }

    @Test
    void readingNeedsAKeyAndADirectory() throws Exception {
        CommandResult withoutKey = check("aes-16-plain", "--read");
        assertThat(withoutKey.code()).isEqualTo(2);
        assertThat(withoutKey.err()).contains("--read needs a key").contains("--keyring");

        CommandResult ofFile = check("aes-16-plain/f1");
        assertThat(ofFile.code()).isEqualTo(254);
        assertThat(ofFile.err()).contains("f1 is not a directory").contains("ecryptfs-stat describes single files");
    }

    @Test
    void quietPrintsFindingsOnly() throws Exception {
        CommandResult sound = check("aes-16-plain", "--quiet");

        assertThat(sound.out()).isEmpty();
        assertThat(sound.err()).isEmpty();
    }

    private static int signatureAt(byte[] header) {
        byte[] signature = ByteBuffer.allocate(8)
                .putLong(Long.parseUnsignedLong(CONTENT_KEY, 16))
                .array();
        for (int at = 0; at < header.length - signature.length; at++) {
            if (Arrays.equals(header, at, at + signature.length, signature, 0, signature.length)) {
                return at;
            }
        }
        throw new AssertionError("the header has no signature " + CONTENT_KEY);
    }

    /** The finding of each file; of several the last one. */
    private static Map<String, String> kinds(CommandResult called) throws IOException {
        Map<String, String> kinds = new TreeMap<>();
        for (Object finding : (List<?>) JSON.std.mapFrom(called.out()).get("findings")) {
            Map<?, ?> one = (Map<?, ?>) finding;
            kinds.put((String) one.get("file"), (String) one.get("kind"));
        }
        return kinds;
    }

    /** A file with one byte of contents or more. */
    private static Path anEncryptedFile(Path tree) throws IOException {
        try (Stream<Path> names = Files.list(tree)) {
            Optional<Path> found = names.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                            && path.toFile().length() > 8192)
                    .sorted()
                    .findFirst();
            return found.orElseThrow();
        }
    }

    private static void truncate(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    private static Map<String, String> state(Path tree) throws IOException {
        Map<String, String> state = new TreeMap<>();
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.toList()) {
                Map<String, Object> attributes = Files.readAttributes(
                        path, "unix:mode,size,lastModifiedTime,ctime,ino", LinkOption.NOFOLLOW_LINKS);
                state.put(path.toString(), attributes.toString());
            }
        }
        return state;
    }

    private Path copyCase(String name) throws Exception {
        Path from = Path.of(EcryptfsCheckTest.class.getResource("cases/" + name).toURI());
        Path to = directory.resolve(name);
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
        return to;
    }

    private CommandResult checkWithKey(String tree, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(List.of("--passphrase-file", passphrase.toString()));
        return check(tree, arguments.toArray(new String[0]));
    }

    private CommandResult check(String tree, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.add(directory.resolve(tree).toString());
        return CommandResult.with(new EcryptfsCheck(), arguments.toArray(new String[0]));
    }
}
