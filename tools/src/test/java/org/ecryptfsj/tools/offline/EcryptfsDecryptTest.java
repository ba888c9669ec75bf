package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EcryptfsDecryptTest {
    @TempDir
    Path directory;

    private Path passphrase;
    private Path out;

    @BeforeEach
    void unpack() throws Exception {
        Trees.unpackInto(directory);
        passphrase = Trees.passphraseFile(directory);
        out = directory.resolve("out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-16-plain", "aes-24-names", "aes-32-names"})
    void aWholeTreeIsDecrypted(String tree) throws Exception {
        Called called = decrypt(tree);

        assertThat(called.err())
                .isEqualTo(
                        "7 files decrypted (8239 bytes), 0 up to date, 0 copied, 1 directories, 1 symlinks, 0 failed\n");
        assertThat(called.code()).isZero();
        assertThat(Trees.found(out)).isEqualTo(Trees.expected());
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

        Called second = decrypt("aes-16-plain", "--json", "--quiet");

        assertThat(second.code()).isZero();
        assertThat(JSON.std.mapFrom(second.out()))
                .containsEntry("decrypted", 2)
                .containsEntry("up_to_date", 5)
                .containsEntry("failed", 0);
        assertThat(Trees.found(out)).isEqualTo(Trees.expected());
    }

    @Test
    void aRecordThatWasCutOffCostsNoMoreThanItsLastFile() throws Exception {
        decrypt("aes-16-plain");
        Path record = out.resolve(".ecryptfs-decrypt.record");
        try (FileChannel channel = FileChannel.open(record, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 3);
        }

        Called second = decrypt("aes-16-plain", "--json", "--force");

        assertThat(second.code()).isZero();
        assertThat(JSON.std.mapFrom(second.out())).containsEntry("decrypted", 1).containsEntry("up_to_date", 6);
    }

    @Test
    void whatThisProgramDidNotWriteIsNotOverwritten() throws Exception {
        Files.createDirectory(out);
        Files.writeString(out.resolve("f1"), "mine");

        Called refused = decrypt("aes-16-plain");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .contains("f1: ")
                .contains("--force overwrites it")
                .contains("1 failed");
        assertThat(out.resolve("f1")).hasContent("mine");

        assertThat(decrypt("aes-16-plain", "--force").code()).isZero();
        assertThat(Trees.found(out)).isEqualTo(Trees.expected());
    }

    @Test
    void anOutputThatWasChangedSinceIsNotOverwritten() throws Exception {
        decrypt("aes-16-plain");
        Files.writeString(out.resolve("f15"), "changed by its owner");

        Called refused = decrypt("aes-16-plain");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("was changed since");
        assertThat(out.resolve("f15")).hasContent("changed by its owner");
    }

    @Test
    void withoutTheKeyEachFileSaysWhichOneIsMissingAndTheNamesToo() throws Exception {
        Files.writeString(passphrase, "passphrase_passwd=another\n");

        Called plain = decrypt("aes-16-plain");
        assertThat(plain.code()).isEqualTo(1);
        assertThat(plain.err()).contains("f4097: no key d395309aaad4de06").contains("7 failed");

        Called names = decrypt("aes-32-names", "--json");
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

        Called called = decrypt("aes-16-plain");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err())
                .contains("f4097: the file is truncated at extent 1 of 0 to 1: it ends at byte 12300")
                .contains("f15: the TAG 3 packet at byte 26 names cipher code 85, which is none")
                .contains("foreign: it is no file of eCryptfs")
                .contains("5 files decrypted");
        assertThat(out.resolve("f4097")).doesNotExist();
        assertThat(out.resolve(".ecryptfs-decrypt.part")).doesNotExist();

        assertThat(decrypt("aes-16-plain", "--passthrough").err()).contains("1 copied");
        assertThat(out.resolve("foreign")).hasContent("no eCryptfs");
    }

    @Test
    void namesAreListedWithNothingWritten() throws Exception {
        Called called = Called.with(
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
        Called called = Called.with(
                new EcryptfsDecrypt(),
                directory.resolve("aes-16-plain").toString(),
                directory.resolve("aes-16-plain/dir").toString());

        assertThat(called.code()).isEqualTo(234);
        assertThat(called.err()).contains("lie in each other");
    }

    @Test
    void aSymlinkInTheOutputIsNotFollowedToADirectoryElsewhere() throws Exception {
        Files.createDirectory(out);
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.createSymbolicLink(out.resolve("dir"), elsewhere);

        Called called = decrypt("aes-16-plain");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err()).contains("is in the way, and is no directory");
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

        Called called = decrypt("aes-16-plain", "--force");

        assertThat(called.code()).isEqualTo(1);
        assertThat(called.err())
                .contains("another file of its directory has the same name")
                .contains("1 failed");
    }

    @Test
    void aPassphraseFileThatOthersMayWriteToIsNotTaken() throws Exception {
        Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-rw-rw-"));

        Called called = decrypt("aes-16-plain");

        assertThat(called.code()).isEqualTo(234);
        assertThat(called.err()).contains("others may write to " + passphrase);
        assertThat(Trees.found(directory)).containsKey("aes-16-plain/f1");
    }

    private Called decrypt(String tree, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.addAll(List.of(
                "--passphrase-file",
                passphrase.toString(),
                directory.resolve(tree).toString(),
                out.toString()));
        return Called.with(new EcryptfsDecrypt(), arguments.toArray(new String[0]));
    }
}
