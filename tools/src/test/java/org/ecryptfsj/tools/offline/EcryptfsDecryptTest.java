package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.CommandResult;
import org.ecryptfsj.tools.offline.TreeListing.Format;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EcryptfsDecryptTest {
    /** In a header with one TAG 3 packet: docs/spec/packets.md, section 8. */
    private static final int AT_SALT = 32;

    @TempDir
    Path directory;

    private Path passphrase;
    private Path out;

    @BeforeEach
    void unpack() throws Exception {
        LowerTreeFixture.unpackInto(directory);
        passphrase = LowerTreeFixture.passphraseFile(directory);
        out = directory.resolve("out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-16-plain", "aes-24-names", "aes-32-names"})
    void aWholeTreeIsDecrypted(String tree) throws Exception {
        CommandResult called = decrypt(tree);

        assertThat(called.err())
                .isEqualTo("7 files decrypted (8239 bytes), 0 up to date, 0 copied, 1 directories, 1 symlinks, 0"
                        + " failed\n");
        assertThat(called.code()).isZero();
        assertThat(LowerTreeFixture.found(out)).isEqualTo(LowerTreeFixture.expected());
    }

    @Test
    void modesAndTimesAreKept() throws Exception {
        Path lower = directory.resolve("aes-16-plain/f4097");
        Files.setPosixFilePermissions(lower, PosixFilePermissions.fromString("r--r-----"));
        FileTime time = FileTime.fromMillis(1_000_000_000_123L);
        Files.setLastModifiedTime(lower, time);
        Files.setLastModifiedTime(directory.resolve("aes-16-plain/dir"), time);

        assertThat(decrypt("aes-16-plain").code()).isZero();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out.resolve("f4097"))))
                .isEqualTo("r--r-----");
        assertThat(Files.getLastModifiedTime(out.resolve("f4097"))).isEqualTo(time);
        assertThat(Files.getLastModifiedTime(out.resolve("dir"))).isEqualTo(time);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out)))
                .isEqualTo("rwx------");
    }

    @Test
    void aSecondRunDoesOnlyWhatChanged() throws Exception {
        decrypt("aes-16-plain");
        Files.setLastModifiedTime(directory.resolve("aes-16-plain/f1"), FileTime.fromMillis(1_000_000_000_000L));
        Files.delete(out.resolve("f15"));

        CommandResult second = decrypt("aes-16-plain", "--json", "--quiet");

        assertThat(second.code()).isZero();
        assertThat(JSON.std.mapFrom(second.out()))
                .containsEntry("decrypted", 2)
                .containsEntry("up_to_date", 5)
                .containsEntry("failed", 0);
        assertThat(LowerTreeFixture.found(out)).isEqualTo(LowerTreeFixture.expected());
    }

    @Test
    void aRecordThatWasCutOffCostsNoMoreThanItsLastEntries() throws Exception {
        decrypt("aes-16-plain");
        Path record = out.resolve(".ecryptfs-decrypt.record");
        try (FileChannel channel = FileChannel.open(record, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 96 - 3);
        }

        CommandResult second = decrypt("aes-16-plain", "--json", "--force");

        assertThat(second.code()).isZero();
        assertThat(JSON.std.mapFrom(second.out())).containsEntry("decrypted", 1).containsEntry("up_to_date", 6);
    }

    @Test
    void whatThisProgramDidNotWriteIsNotOverwritten() throws Exception {
        Files.createDirectory(out);
        Files.writeString(out.resolve("f1"), "mine");

        CommandResult refused = decrypt("aes-16-plain");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .contains("f1: ")
                .contains("--force overwrites it")
                .contains("1 failed");
        assertThat(out.resolve("f1")).hasContent("mine");

        assertThat(decrypt("aes-16-plain", "--force").code()).isZero();
        assertThat(LowerTreeFixture.found(out)).isEqualTo(LowerTreeFixture.expected());
    }

    @Test
    void anOutputThatWasChangedSinceIsNotOverwritten() throws Exception {
        decrypt("aes-16-plain");
        Files.writeString(out.resolve("f15"), "changed by its owner");

        CommandResult refused = decrypt("aes-16-plain");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("was changed afterwards");
        assertThat(out.resolve("f15")).hasContent("changed by its owner");
    }

    @Test
    void withoutTheKeyEachFileSaysWhichOneIsMissingAndTheNamesToo() throws Exception {
        Files.writeString(passphrase, "passphrase_passwd=another\n");

        CommandResult plain = decrypt("aes-16-plain");
        assertThat(plain.code()).isEqualTo(1);
        assertThat(plain.err()).contains("f4097: no key d395309aaad4de06").contains("7 failed");

        CommandResult names = decrypt("aes-32-names", "--json");
        assertThat(names.code()).isEqualTo(1);
        assertThat(names.err()).contains("no key be877764c5918621 for its name");
    }

    @Test
    void damagedFilesAreToldAndTheOthersAreDecrypted() throws Exception {
        Path tree = directory.resolve("aes-16-plain");
        try (FileChannel channel = FileChannel.open(tree.resolve("f4097"), StandardOpenOption.WRITE)) {
            channel.truncate(12300);
        }
        byte[] header = Files.readAllBytes(tree.resolve("f15"));
        header[29] = 0x55;
        Files.write(tree.resolve("f15"), header);
        Files.writeString(tree.resolve("foreign"), "no eCryptfs");

        CommandResult called = decrypt("aes-16-plain");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err())
                .contains("f4097: the file is truncated at extent 1 of 0 to 1: it ends at byte 12300")
                .contains("f15: the TAG 3 packet at byte 26 has the unknown cipher code 85")
                .contains("foreign: not an eCryptfs file")
                .contains("5 files decrypted");
        assertThat(out.resolve("f4097")).doesNotExist();
        assertThat(out.resolve(".ecryptfs-decrypt.part")).doesNotExist();

        assertThat(decrypt("aes-16-plain", "--passthrough").err()).contains("1 copied");
        assertThat(out.resolve("foreign")).hasContent("no eCryptfs");
    }

    @Test
    void namesAreListedWithNothingWritten() throws Exception {
        CommandResult called = CommandResult.with(
                new EcryptfsDecrypt(),
                "--list",
                "--passphrase-file",
                passphrase.toString(),
                directory.resolve("aes-32-names").toString());

        assertThat(called.code()).isZero();
        assertThat(called.out().lines())
                .containsExactlyInAnyOrder(
                        "f0",
                        "f1",
                        "f15",
                        "f4096",
                        "f4097",
                        "grüße",
                        "link -> dir/target",
                        "dir/",
                        "dir/abcdefghijklmnopqrstuvwxyz0123456789");
        assertThat(out).doesNotExist();
    }

    @Test
    void anOutputInsideTheLowerDirectoryIsRefused() throws Exception {
        CommandResult called = CommandResult.with(
                new EcryptfsDecrypt(),
                directory.resolve("aes-16-plain").toString(),
                directory.resolve("aes-16-plain/dir").toString());

        assertThat(called.code()).isEqualTo(234);
        assertThat(called.err()).contains("must not contain one another");
    }

    @Test
    void aSymlinkInTheOutputIsNotFollowedToADirectoryElsewhere() throws Exception {
        Files.createDirectory(out);
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.createSymbolicLink(out.resolve("dir"), elsewhere);

        CommandResult called = decrypt("aes-16-plain");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err()).contains("exists and is not a directory");
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void ofTwoFilesWithOneNameUnderTwoKeysTheSecondIsRefusedEvenByForce() throws Exception {
        Path tree = directory.resolve("aes-16-plain");
        Path twin;
        try (Stream<Path> names = Files.list(directory.resolve("aes-32-names"))) {
            twin = names.filter(p -> p.toString().endsWith("CCovIUeJoM1qyXKc.fZUsk--"))
                    .findFirst()
                    .orElseThrow();
        }
        Files.copy(twin, tree.resolve(twin.getFileName()));

        CommandResult called = decrypt("aes-16-plain", "--force");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err())
                .contains("another entry of the directory has the same decrypted name")
                .contains("1 failed");
    }

    @Test
    void aPassphraseFileThatOthersMayWriteToIsNotTaken() throws Exception {
        Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-rw-rw-"));

        CommandResult called = decrypt("aes-16-plain");

        assertThat(called.code()).isEqualTo(234);
        assertThat(called.err()).contains("others may write to " + passphrase);
        assertThat(LowerTreeFixture.found(directory)).containsKey("aes-16-plain/f1");
    }

    @Test
    void aLowerFileOfNoBytesIsAnEmptyFileAndNoFailure() throws Exception {
        Path lower = Files.createDirectory(directory.resolve("empty"));
        for (String name : List.of("empty", "f15")) {
            copyCase("empty/" + name, lower.resolve(name));
        }

        CommandResult called = decrypt("empty", "--json", "--quiet");

        assertThat(called.code()).isZero();
        assertThat(JSON.std.mapFrom(called.out()))
                .containsEntry("empty", 1)
                .containsEntry("decrypted", 1)
                .containsEntry("copied", 0)
                .containsEntry("failed", 0);
        assertThat(out.resolve("empty")).isEmptyFile();
        assertThat(out.resolve("f15")).hasContent(LowerTreeFixture.plaintext(15));
        assertThat(decrypt("empty").err()).contains("2 up to date").doesNotContain("empty lower files");
    }

    @Test
    void aFileCutShortSaysWhatIsMissing() throws Exception {
        Path lower = Files.createDirectory(directory.resolve("truncated"));
        copyCase("truncated/cut", lower.resolve("cut"));

        CommandResult called = decrypt("truncated");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err())
                .contains("cut: the file is truncated at extent 2 of 0 to 4: it ends at byte 16484, with 100 of");
        assertThat(out.resolve("cut")).doesNotExist();
    }

    @Test
    void theTargetsOfSymlinksAreKeptByteForByte() throws Exception {
        Path lower = directory.resolve("aes-16-plain");
        for (String target : List.of("dir/", "a//b", "./x/../y/.")) {
            String name = "to" + target.replace('/', '-');
            assertThat(new ProcessBuilder("ln", "-s", "--", target, name)
                            .directory(lower.toFile())
                            .start()
                            .waitFor())
                    .isZero();
        }

        assertThat(decrypt("aes-16-plain").code()).isZero();

        for (String target : List.of("dir/", "a//b", "./x/../y/.")) {
            Process readlink = new ProcessBuilder("readlink", "-n", "to" + target.replace('/', '-'))
                    .directory(out.toFile())
                    .start();
            assertThat(new String(readlink.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo(target);
        }
    }

    @Test
    void ofThousandsOfFailuresTheFirstAreKeptAndAllAreCounted() throws Exception {
        Path lower = Files.createDirectory(directory.resolve("foreign"));
        for (int i = 0; i < DecryptionSummary.MAX_FAILURES + 7; i++) {
            Files.writeString(lower.resolve("file" + i), "none");
        }

        CommandResult called = decrypt("foreign", "--json");

        Map<String, Object> summary = JSON.std.mapFrom(called.out());
        assertThat(summary).containsEntry("failed", DecryptionSummary.MAX_FAILURES + 7);
        assertThat((List<?>) summary.get("failures")).hasSize(DecryptionSummary.MAX_FAILURES);
    }

    @Test
    void namesWithControlCharactersAreQuotedInMessagesAndForATerminal() throws Exception {
        Path lower = Files.createDirectory(directory.resolve("escapes"));
        Files.writeString(lower.resolve("\u001b[2Jred"), "none");

        CommandResult failed = decrypt("escapes");
        assertThat(failed.err()).contains("\\x1b[2Jred: not an eCryptfs file").doesNotContain("\u001b");

        try (OfflineKeys keys = new OfflineKeys(16, missing -> Optional.empty());
                TreeDirectory opened = DescriptorTrees.ofThisProcess()
                        .directory(lower.toString().getBytes(StandardCharsets.UTF_8))) {
            String shown =
                    printed(() -> new TreeListing(keys, Format.QUOTED, false, new DecryptionSummary()).run(opened));
            assertThat(shown).isEqualTo("\\x1b[2Jred\n");
            String raw = printed(() -> new TreeListing(keys, Format.RAW, false, new DecryptionSummary()).run(opened));
            assertThat(raw).isEqualTo("\u001b[2Jred\n");
        }
    }

    /** A header contains its salt, a name does not. */
    @Test
    void aPassphraseThatIsAskedForOpensNamesToo() throws Exception {
        try (OfflineKeys keys = new OfflineKeys(
                        32, missing -> Optional.of(Secret.takeBytes("test".getBytes(StandardCharsets.UTF_8))));
                TreeDirectory opened = DescriptorTrees.ofThisProcess()
                        .directory(directory.resolve("aes-32-names").toString().getBytes(StandardCharsets.UTF_8))) {
            keys.addSalts(List.of(Salt.DEFAULT, Salt.FNEK));

            assertThat(printed(() -> new TreeListing(keys, Format.RAW, false, new DecryptionSummary()).run(opened)))
                    .contains("grüße\n");
        }
    }

    @Test
    void plantedSaltsDoNotUseUpTheTriesOfOtherFiles() throws Exception {
        Path tree = directory.resolve("aes-16-plain");
        byte[] planted = Files.readAllBytes(tree.resolve("f15"));
        for (int i = 0; i < 70; i++) {
            planted[AT_SALT] = (byte) i;
            planted[AT_SALT + 1] = 77;
            Files.write(tree.resolve("a" + i), planted);
        }

        CommandResult called = decrypt("aes-16-plain", "--salt", "0123456789abcdef");

        assertThat(called.err()).contains("7 files decrypted").contains("70 failed");
    }

    @Test
    void anOlderRecordIsRefusedWithoutALoss() throws Exception {
        Files.createDirectory(out);
        Path record = Files.writeString(out.resolve(".ecryptfs-decrypt.record"), "12288\t1\t15\t6631\t6631\n");
        Files.setPosixFilePermissions(record, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(out.resolve("f1"), "mine");

        CommandResult refused = decrypt("aes-16-plain");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("older version").contains("name another output directory");
        assertThat(out.resolve("f1")).hasContent("mine");
        assertThat(decrypt("aes-16-plain", "--force").code()).isZero();
        assertThat(LowerTreeFixture.found(out)).isEqualTo(LowerTreeFixture.expected());
    }

    private interface Listing {
        void run() throws Exception;
    }

    private static String printed(Listing listing) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            listing.run();
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void copyCase(String name, Path to) throws IOException {
        try (InputStream in = EcryptfsDecryptTest.class.getResourceAsStream("cases/" + name)) {
            Files.copy(in, to);
        }
    }

    private CommandResult decrypt(String tree, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(List.of(
                "--passphrase-file",
                passphrase.toString(),
                directory.resolve(tree).toString(),
                out.toString()));
        return CommandResult.with(new EcryptfsDecrypt(), arguments.toArray(new String[0]));
    }
}
