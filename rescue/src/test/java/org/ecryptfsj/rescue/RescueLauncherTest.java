package org.ecryptfsj.rescue;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RescueLauncherTest {
    @TempDir
    Path directory;

    private Path passphrase;
    private Path out;

    @BeforeEach
    void unpack() throws Exception {
        LowerTrees.unpackInto(directory);
        passphrase = LowerTrees.passphraseFile(directory);
        out = directory.resolve("out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-16-plain", "aes-24-names", "aes-32-names"})
    void aWholeTreeIsDecrypted(String tree) throws Exception {
        Ran ran = decrypt(tree);

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.err())
                .endsWith(
                        "7 files decrypted (8239 bytes), 0 up to date, 0 copied, 1 directories, 1 symlinks, 0 failed\n");
        assertThat(LowerTrees.found(out)).isEqualTo(LowerTrees.expected());
        assertThat(Files.exists(out.resolve(".ecryptfs-decrypt.case"))).isFalse();
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
        decrypt("aes-32-names");
        Files.delete(out.resolve("f15"));

        Ran second = decrypt("aes-32-names", "--json", "--quiet");

        assertThat(second.code()).isZero();
        assertThat(JSON.std.mapFrom(second.out()))
                .containsEntry("decrypted", 1)
                .containsEntry("up_to_date", 6)
                .doesNotContainKey("substituted");
        assertThat(LowerTrees.found(out)).isEqualTo(LowerTrees.expected());
    }

    @Test
    void aTruncatedFileIsSalvaged() throws Exception {
        Path lower = directory.resolve("aes-16-plain/f4097");
        try (FileChannel channel = FileChannel.open(lower, StandardOpenOption.WRITE)) {
            channel.truncate(12288);
        }

        Ran ran = decrypt("aes-16-plain", "--salvage");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("f4097: the file is truncated: 4096 of 4097 bytes are there");
        assertThat(out.resolve("f4097")).hasContent(LowerTrees.plaintext(4096));
    }

    /** Java cannot ask for holes: an extent that is all zero was never written. */
    @Test
    void aFileWithAHoleIsNotDecryptedToOtherBytes() throws Exception {
        try (FileChannel channel =
                FileChannel.open(directory.resolve("aes-16-plain/f4097"), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(4096), 8192);
        }

        assertThat(decrypt("aes-16-plain").err()).contains("f4097: the file has a hole at byte 8192");

        Ran check = run("check", directory.resolve("aes-16-plain").toString());
        assertThat(check.code()).isEqualTo(1);
        assertThat(check.err()).contains("f4097: the file has a hole at byte 8192");
    }

    @Test
    void aTreeIsChecked() throws Exception {
        Ran ran = run(
                "ecryptfs-check",
                "--json",
                "--read",
                "--passphrase-file",
                passphrase.toString(),
                directory.resolve("aes-24-names").toString());

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(JSON.std.mapFrom(ran.out()))
                .containsEntry("sound", true)
                .containsEntry("opened_names", 9)
                .containsEntry("read_files", 7);
    }

    @Test
    void aHeaderIsPrinted() throws Exception {
        Ran ran = run("stat", directory.resolve("aes-16-plain/f15").toString());

        assertThat(ran.code()).isZero();
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out()).startsWith("File version: [3]\nDecrypted file size: [15]\n");
    }

    @Test
    void optionsThatNeedLinuxDoNotExist() throws Exception {
        for (String command : List.of("decrypt", "cat", "check")) {
            Ran help = run(command, "--help");
            assertThat(help.code()).isZero();
            assertThat(help.out())
                    .startsWith("Usage: ecryptfs-" + command)
                    .contains("--passphrase-file", "--wrapped", "--keyfile")
                    .doesNotContain("--passphrase-fd", "--key=", "--keyring");
        }
        assertThat(run("decrypt", "--passphrase-fd", "0", "y", "z").code()).isEqualTo(2);
    }

    @Test
    void aFileThatOthersMayReadGivesNoPassphrase() throws Exception {
        Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-r--r--"));

        Ran ran = decrypt("aes-16-plain");

        assertThat(ran.code()).isNotZero();
        assertThat(ran.err()).contains("others may read it (mode 644)");
    }

    @Test
    void unknownCommandsAreTold() throws Exception {
        assertThat(run("mount").err()).contains("no such command; the commands are cat, check, decrypt, stat");
        assertThat(run("mount").code()).isEqualTo(2);
        assertThat(run().code()).isEqualTo(2);
        assertThat(run("--help").out()).contains("unwrap-passphrase");
        assertThat(run("--version").out()).startsWith("ecryptfsj-rescue (ecryptfsj) ");
        assertThat(run("decrypt", "--version").out()).startsWith("ecryptfs-decrypt (ecryptfsj) ");
    }

    private Ran decrypt(String tree, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("decrypt", "--passphrase-file", passphrase.toString()));
        arguments.addAll(List.of(options));
        arguments.add(directory.resolve(tree).toString());
        arguments.add(out.toString());
        return run(arguments.toArray(String[]::new));
    }

    private static Ran run(String... arguments) throws Exception {
        return Ran.of(() -> RescueLauncher.run(List.of(arguments)));
    }
}
