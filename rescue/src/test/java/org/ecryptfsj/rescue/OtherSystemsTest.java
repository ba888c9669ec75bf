package org.ecryptfsj.rescue;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import com.google.common.jimfs.PathNormalization;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.tools.offline.EcryptfsDecrypt;
import org.ecryptfsj.tools.platform.Platform;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.NioTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.ecryptfsj.tree.TreeException;
import org.ecryptfsj.tree.TreeFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Decryption to file systems with the rules of Windows and macOS. */
class OtherSystemsTest {
    @TempDir
    Path directory;

    private Path passphrase;

    @BeforeEach
    void unpack() throws Exception {
        LowerTrees.unpackInto(directory);
        passphrase = LowerTrees.passphraseFile(directory);
    }

    @Test
    void aTreeThatLiesOnWindowsIsDecryptedThere() throws Exception {
        Path lower = windows().getPath("C:\\backup");
        copy(directory.resolve("aes-32-names"), lower);
        NioTrees trees = new NioTrees(lower.getFileSystem());

        Ran ran = decrypt(trees, "C:\\backup", "C:\\out");

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(LowerTrees.found(lower.resolveSibling("out"))).isEqualTo(LowerTrees.expected());
        assertThat(decrypt(trees, "C:\\backup", "C:\\out").err()).contains("7 up to date");
    }

    @Test
    void namesThatWindowsCannotHaveGetSubstitutesAndAreListed() throws Exception {
        Path lower = lowerWith("a:b", "CON", "end.", "Readme.txt", "README.TXT", "readme.txt", "fine");
        FileSystem windows = windows();

        Ran ran = decrypt(outputOn(windows), lower.toString(), "C:\\out", "--json");

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(LowerTrees.found(windows.getPath("C:\\out")).keySet())
                .containsExactlyInAnyOrder(
                        "a%3Ab", "%43ON", "end%2E", "README.TXT", "Readme~2.txt", "readme~3.txt", "fine");
        assertThat(ran.err())
                .contains("CON: written as %43ON: the output's file system cannot have this name, or has it already")
                .contains("readme.txt: written as readme~3.txt");
        assertThat(JSON.std.mapFrom(ran.out())).containsEntry("substituted", 5);
        assertThat(ran.out()).contains("{\"file\":\"a:b\",\"name\":\"a:b\",\"written_as\":\"a%3Ab\"}");

        Map<String, Object> again = JSON.std.mapFrom(decrypt(outputOn(windows), lower.toString(), "C:\\out", "--json")
                .out());
        assertThat(again).containsEntry("up_to_date", 7).containsEntry("substituted", 5);
    }

    @Test
    void onMacTwinsGetNumbersAndOtherNamesStay() throws Exception {
        Path lower = lowerWith("a:b", "CON", "Readme.txt", "README.TXT", "\u00e9", "e\u0301");
        Files.createDirectory(lower.resolve("Dir"));
        Files.createDirectory(lower.resolve("dir"));
        Files.copy(lower.resolve("CON"), lower.resolve("dir/x"));
        FileSystem mac = mac();

        Ran ran = decrypt(outputOn(mac), lower.toString(), "/out");

        assertThat(ran.code()).as(ran.err()).isZero();
        Map<String, String> found = new TreeMap<>(LowerTrees.found(mac.getPath("/out")));
        assertThat(found)
                .hasSize(9)
                .containsKeys("a:b", "CON", "README.TXT", "Readme~2.txt", "Dir", "dir~2", "dir~2/x");
        assertThat(ran.err()).contains("7 files decrypted", "3 under a substitute name");
    }

    /** The names of the files that the command itself writes are not available either. */
    @Test
    void theRecordIsNotReplacedByATwin() throws Exception {
        Path lower = lowerWith(".ECRYPTFS-DECRYPT.RECORD", ".Ecryptfs-Decrypt.Part");
        FileSystem mac = mac();

        Ran ran = decrypt(outputOn(mac), lower.toString(), "/out");

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(Files.exists(mac.getPath("/out/.ECRYPTFS-DECRYPT~2.RECORD"))).isTrue();
        assertThat(Files.readAllBytes(mac.getPath("/out/.ecryptfs-decrypt.record")))
                .startsWith("ecryptfs-decrypt record 2".getBytes(StandardCharsets.US_ASCII));
    }

    /** A lower directory with plain names, each a file of 15 bytes. */
    private Path lowerWith(String... names) throws Exception {
        Path lower = Files.createDirectory(directory.resolve("lower"));
        for (String name : names) {
            Files.copy(directory.resolve("aes-16-plain/f15"), lower.resolve(name));
        }
        return lower;
    }

    private Ran decrypt(FileTrees trees, String lower, String out, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--passphrase-file", passphrase.toString()));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of(lower, out));
        Platform platform = new JavaPlatform() {
            @Override
            public FileTrees trees() {
                return trees;
            }
        };
        return Ran.of(() -> new EcryptfsDecrypt(platform).run(arguments));
    }

    private static FileSystem windows() {
        return Jimfs.newFileSystem(Configuration.windows());
    }

    private static FileSystem mac() {
        return Jimfs.newFileSystem(Configuration.osX().toBuilder()
                .setPathEqualityUsesCanonicalForm(true)
                .setNameCanonicalNormalization(PathNormalization.NFD, PathNormalization.CASE_FOLD_ASCII)
                .build());
    }

    /** Lower directories are read here, outputs are written there. */
    private static FileTrees outputOn(FileSystem there) {
        NioTrees here = NioTrees.ofThisMachine();
        NioTrees outputs = new NioTrees(there);
        return new FileTrees() {
            @Override
            public TreeDirectory directory(byte[] path) throws TreeException {
                return here.directory(path);
            }

            @Override
            public TreeFile file(byte[] path) throws TreeException {
                return here.file(path);
            }

            @Override
            public Output output(byte[] path, TreeDirectory outside) throws TreeException {
                return outputs.output(path, outside);
            }

            @Override
            public boolean isRoot() {
                return false;
            }
        };
    }

    private static void copy(Path from, Path to) throws Exception {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Path target = path.equals(from)
                        ? to
                        : to.resolve(from.relativize(path).toString());
                if (Files.isSymbolicLink(path)) {
                    String text = ByteText.of(Files.readSymbolicLink(path));
                    Files.createSymbolicLink(target, to.getFileSystem().getPath(text));
                } else if (Files.isDirectory(path)) {
                    Files.createDirectory(target);
                } else {
                    Files.write(target, Files.readAllBytes(path));
                }
            }
        }
    }
}
