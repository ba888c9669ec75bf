package org.ecryptfsj.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The commands that are shell scripts, started as users start them, through the launcher of the runnable tree. What needs a
 * kernel with eCryptfs, or root, is in the scenario recovery.sh.
 */
class ShellCommandsTest {
    private static final Path BIN =
            Path.of(System.getProperty("repository.root")).resolve("packaging/target/dist/bin");

    @TempDir
    Path directory;

    private Path work;

    record Ran(int code, String out, String err) {}

    @BeforeEach
    void makeWorkDirectory() throws IOException {
        work = Files.createDirectory(directory.resolve("work"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ecryptfs-find --unknown",
                "ecryptfs-find",
                "ecryptfs-find one two",
                "ecryptfs-rewrite-file",
                "ecryptfs-verify --unknown",
                "ecryptfs-verify --private extra",
                "ecryptfs-verify --user",
                "ecryptfs-recover-private --unknown",
                "ecryptfs-migrate-home",
                "ecryptfs-migrate-home --user",
                "ecryptfs-migrate-home bob",
                "ecryptfs-setup-swap --unknown",
                "ecryptfs-setup-swap --root",
                "ecryptfs-setup-swap --wipe --no-reload"
            })
    void wrongUsageIsRefusedWithAWayToHelp(String line) throws Exception {
        List<String> words = List.of(line.split(" "));

        Ran ran = run(words.toArray(String[]::new));

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).startsWith("ERROR: ").contains("see " + words.get(0) + " --help");
    }

    @Test
    void findRefusesAFileThatIsNotThere() throws Exception {
        Ran ran = run("ecryptfs-find", "missing");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).startsWith("ERROR: [missing] not found\n");
    }

    @Test
    void findSaysThatAFileBelongsToNoMountAndTellsItAsJson() throws Exception {
        String name = "a \"quoted\\\" name\nwith a line";
        Files.writeString(work.resolve(name), "x");

        Ran ran = run("ecryptfs-find", "--json", name);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("does not belong to an eCryptfs mount");
        assertThat(JSON.std.mapFrom(ran.out()))
                .containsEntry("path", name)
                .containsEntry("searched", List.of())
                .containsEntry("counterparts", List.of());
    }

    @Test
    void rewriteGivesEveryFileANewInodeAndKeepsWhatItIs() throws Exception {
        List<String> names = List.of("plain", "odd name", "new\nline\n", "-dash", "*", "ümläut", "x".repeat(255));
        List<Object> before = new ArrayList<>();
        for (String name : names) {
            Path file = Files.writeString(work.resolve(name), "content of " + name);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-x---"));
            Files.setAttribute(file, "lastModifiedTime", FileTime.fromMillis(1_234_567_000));
            before.add(inode(file));
        }

        Ran ran = rewrite(names);

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out())
                .startsWith("INFO: Rewriting [1/7] [plain] ... [OK]\n")
                .endsWith("7/7 rewrites succeeded\n");
        for (int i = 0; i < names.size(); i++) {
            Path file = work.resolve(names.get(i));
            assertThat(file).hasContent("content of " + names.get(i));
            assertThat(inode(file)).isNotEqualTo(before.get(i));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-r-x---");
            assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(1_234_567_000);
        }
        assertThat(entries()).containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void rewriteTakesLinksAndDirectoriesAndExcludesWhatCannotBeRenamed() throws Exception {
        Files.createDirectory(work.resolve("full"));
        Files.writeString(work.resolve("full/file"), "inside");
        Files.createSymbolicLink(work.resolve("dangling"), Path.of("no where"));

        Ran ran = rewrite(List.of("full", "dangling", ".", "..", "full/.", "/", "missing", ""));

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out().lines())
                .containsExactly(
                        "INFO: Rewriting [1/8] [full] ... [OK]",
                        "INFO: Rewriting [2/8] [dangling] ... [OK]",
                        "INFO: Rewriting [3/8] [.] ... [EXCLUDED]",
                        "INFO: Rewriting [4/8] [..] ... [EXCLUDED]",
                        "INFO: Rewriting [5/8] [full/.] ... [EXCLUDED]",
                        "INFO: Rewriting [6/8] [/] ... [FAILED]",
                        "INFO: Rewriting [7/8] [missing] ... [FAILED]",
                        "INFO: Rewriting [8/8] [] ... [FAILED]",
                        "2/8 rewrites succeeded");
        assertThat(ran.err()).contains("ERROR: File not found [missing]");
        assertThat(work.resolve("full/file")).hasContent("inside");
        assertThat(Files.readSymbolicLink(work.resolve("dangling"))).isEqualTo(Path.of("no where"));
        assertThat(entries()).containsExactlyInAnyOrder("full", "dangling");
    }

    @Test
    void rewriteKeepsHardLinksTogetherOrLeavesThemAlone() throws Exception {
        Path one = Files.writeString(work.resolve("one"), "shared");
        Path two = Files.createLink(work.resolve("two"), one);
        Object before = inode(one);

        Ran alone = rewrite(List.of("one"));
        Object between = inode(one);
        Ran together = rewrite(List.of("one", "two"));

        assertThat(alone.code()).isEqualTo(1);
        assertThat(alone.err()).contains("[one] has 2 hard links");
        assertThat(between).isEqualTo(before);
        assertThat(together.code()).as(together.err()).isZero();
        assertThat(inode(one)).isEqualTo(inode(two)).isNotEqualTo(before);
        assertThat(two).hasContent("shared");
    }

    @Test
    void rewriteLeavesAFileAloneThatIsOpenForWriting() throws Exception {
        Path file = Files.writeString(work.resolve("log"), "line");
        Object before = inode(file);

        Ran ran;
        try (FileChannel writer = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ran = rewrite(List.of("log"));
            assertThat(writer.isOpen()).isTrue();
        }

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("[log] is open for writing");
        assertThat(inode(file)).isEqualTo(before);
    }

    @Test
    void rewriteKeepsAFileWhoseCopyDoesNotFit() throws Exception {
        Path file = Files.write(work.resolve("large"), new byte[1 << 20]);
        Object before = inode(file);

        Ran ran = runIn(
                work,
                List.of(
                        "bash",
                        "-c",
                        "ulimit -f 64; trap '' XFSZ; exec \"$0\" large",
                        command("ecryptfs-rewrite-file")));

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).contains("[large] ... [FAILED]").endsWith("0/1 rewrites succeeded\n");
        assertThat(ran.err()).contains("ERROR: Could not copy [large]").contains("File too large");
        assertThat(inode(file)).isEqualTo(before);
        assertThat(entries()).containsExactly("large");
    }

    @Test
    void rewriteThatIsInterruptedLeavesTheFileAndNothingElse() throws Exception {
        Path file = Files.writeString(work.resolve("precious"), "kept");
        Path slow = Files.createDirectory(directory.resolve("slow"));
        runIn(slow, List.of("mkfifo", "release", "started"));
        Path copy = Files.writeString(
                slow.resolve("cp"),
                "#!/bin/bash\nfor last; do :; done\necho half > \"$last\"\necho > %1$s/started\nread -r < %1$s/release\n"
                        .formatted(slow));
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwx------"));
        ProcessBuilder builder =
                new ProcessBuilder(command("ecryptfs-rewrite-file"), "precious").directory(work.toFile());
        builder.environment().merge("PATH", slow.toString(), (path, first) -> first + ":" + path);
        Process process = builder.redirectErrorStream(true).start();

        Files.readString(slow.resolve("started"));
        process.toHandle().destroy();
        Files.writeString(slow.resolve("release"), "go\n");

        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(143);
        assertThat(output).contains("[FAILED]").contains("interrupted");
        assertThat(file).hasContent("kept");
        assertThat(entries()).containsExactly("precious");
    }

    @Test
    void verifySaysWhatItFoundUpToTheFirstFault() throws Exception {
        Path home = home("0123456789abcdef\nfedcba9876543210\n");

        Ran names = verify(home, "-e");
        Ran privateDirectory = verify(home, "-p");

        assertThat(names.code()).as(names.err()).isZero();
        assertThat(names.out().lines())
                .containsExactly(
                        "INFO: [" + home + "/.ecryptfs] exists",
                        "INFO: [" + home + "/.ecryptfs/Private.sig] exists",
                        "INFO: [" + home + "/.ecryptfs/Private.sig] contains [2] signatures",
                        "INFO: Filenames are encrypted",
                        "INFO: Configuration valid");
        assertThat(privateDirectory.code()).isEqualTo(1);
        assertThat(privateDirectory.err())
                .contains("ERROR: [" + home + "/.ecryptfs/Private.mnt] does not exist")
                .endsWith("ERROR: Configuration invalid\n");
    }

    @Test
    void verifyTellsTheSameAsJson() throws Exception {
        Ran ran = verify(home("0123456789abcdef\n"), "--json", "-n");

        assertThat(JSON.std.mapFrom(ran.out())).containsEntry("valid", true).containsEntry("error", null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0123\n", "0123456789abcdef\n0123456789ABCDEF\n", "../../etc/passwd\n"})
    void verifyRefusesASignatureFileThatIsNone(String content) throws Exception {
        Ran ran = verify(home(content), "-n");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("Private.sig]").endsWith("ERROR: Configuration invalid\n");
    }

    @Test
    void verifyWantsToKnowWhatToCheck() throws Exception {
        Ran ran = verify(home("0123456789abcdef\n"));

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).startsWith("ERROR: No checks given\n").endsWith("ERROR: Configuration invalid\n");
    }

    @Test
    void setupSwapShowsTheChangesToASystemTreeAndMakesNone() throws Exception {
        Path root = tree("UUID=1b4e-2f none swap sw,pri=3 0 0\n", null);

        Ran ran = setupSwap(root, "--dry-run");

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("-UUID=1b4e-2f none swap sw,pri=3 0 0\n")
                .contains("+# ecryptfs-setup-swap cryptswap1: UUID=1b4e-2f none swap sw,pri=3 0 0\n")
                .contains("+/dev/mapper/cryptswap1 none swap sw,pri=3 0 0\n")
                .contains("+cryptswap1 UUID=1b4e-2f /dev/urandom swap,plain,offset=1024,");
        assertThat(root.resolve("etc/fstab"))
                .hasContent("/dev/sda1 / ext4 defaults 0 1\nUUID=1b4e-2f none swap sw,pri=3 0 0\n");
        assertThat(root.resolve("etc/crypttab")).doesNotExist();
    }

    @Test
    void setupSwapChangesASystemTreeKeepsTheOldFilesAndGoesBack() throws Exception {
        String swaps = "UUID=1b4e-2f none swap sw 0 0\n/swap.img\tnone\tswap\tsw\t0\t0\n";
        Path root = tree(swaps, "cryptswap1 /dev/sdz /dev/urandom swap\n");
        String before = Files.readString(root.resolve("etc/fstab"));

        Ran first = setupSwap(root, "--force");
        Ran second = setupSwap(root, "--force");
        List<String> crypttab = Files.readAllLines(root.resolve("etc/crypttab"));
        List<String> fstab = Files.readAllLines(root.resolve("etc/fstab"));
        Ran back = setupSwap(root, "--undo");

        assertThat(first.code()).as(first.err()).isZero();
        assertThat(second.out())
                .contains("[/dev/mapper/cryptswap2] is already encrypted")
                .contains("There is no unencrypted swap");
        assertThat(crypttab).hasSize(3);
        assertThat(crypttab.get(1)).startsWith("cryptswap2 UUID=1b4e-2f /dev/urandom swap,");
        assertThat(crypttab.get(2)).startsWith("cryptswap3 /swap.img /dev/urandom swap,");
        assertThat(fstab)
                .contains("/dev/mapper/cryptswap2 none swap sw 0 0", "/dev/mapper/cryptswap3 none swap sw 0 0")
                .contains("# ecryptfs-setup-swap cryptswap3: /swap.img\tnone\tswap\tsw\t0\t0");
        assertThat(back.code()).as(back.err()).isZero();
        assertThat(root.resolve("etc/fstab")).hasContent(before);
        try (Stream<Path> kept = Files.list(root.resolve("etc"))) {
            assertThat(kept.map(file -> file.getFileName().toString()).filter(name -> name.contains(".before-")))
                    .isNotEmpty();
        }
    }

    @Test
    void setupSwapUndoesWhatEcryptfsUtilsSetUp() throws Exception {
        Path root = tree(
                "#UUID=87c8 none swap sw 0 0\n/dev/mapper/cryptswap1 none swap sw 0 0\n",
                "cryptswap1 UUID=87c8 /dev/urandom swap,offset=1024,cipher=aes-xts-plain64\n");

        Ran ran = setupSwap(root, "--undo");

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(root.resolve("etc/fstab")).hasContent("/dev/sda1 / ext4 defaults 0 1\nUUID=87c8 none swap sw 0 0\n");
        assertThat(root.resolve("etc/crypttab")).isEmptyFile();
    }

    @Test
    void setupSwapWithoutConsentChangesNothing() throws Exception {
        Path root = tree("/dev/sda2 none swap sw 0 0\n", null);

        Ran ran = setupSwap(root);

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).contains("WILL BREAK HIBERNATE/RESUME").contains("[y/N]: ");
        assertThat(root.resolve("etc/fstab")).hasContent("/dev/sda1 / ext4 defaults 0 1\n/dev/sda2 none swap sw 0 0\n");
    }

    @Test
    void setupSwapHasNothingToUndoInATreeWithoutEncryptedSwap() throws Exception {
        Ran ran = setupSwap(tree("/dev/sda2 none swap sw 0 0\n", null), "--undo");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("nothing to undo");
    }

    @Test
    void setupSwapIsNotLedOutOfASystemTreeByALink() throws Exception {
        Path root = tree("/dev/sda2 none swap sw 0 0\n", null);
        Path outside = Files.writeString(work.resolve("crypttab"), "");
        Files.createSymbolicLink(root.resolve("etc/crypttab"), outside);

        Ran ran = setupSwap(root, "--force");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("is outside of [" + root + "]");
        assertThat(outside).isEmptyFile();
    }

    @ParameterizedTest
    @CsvSource({
        "luks-and-plain, [/dev/sda2] is already used by [cryptswap] in",
        "same-file-twice, [/swapfile] is already used by [cryptswap1] in",
        "gone, The source [/dev/sda6] of [cryptswap1]",
        "no-offset, has no offset=: each boot overwrites the header by which [UUID=11111111-2222-3333-4444-555555555555] is found"
    })
    void setupSwapMapsNoSourceTwiceAndNamesLinesThatCannotWork(String system, String said) throws Exception {
        Path root = work.resolve("system");
        for (String file : List.of("etc/fstab", "etc/crypttab")) {
            Files.createDirectories(root.resolve(file).getParent());
            try (InputStream content = getClass().getResourceAsStream("/crypttab/" + system + "/" + file)) {
                Files.copy(content, root.resolve(file));
            }
        }

        Ran ran = setupSwap(root, "--dry-run");

        assertThat(ran.code()).isZero();
        assertThat(ran.err()).startsWith("WARNING: ").contains(said);
        assertThat(ran.out()).contains("There is no unencrypted swap").doesNotContain("+");
    }

    @Test
    void recoverRefusesADirectoryThatIsNotThereInsteadOfSearchingEverywhere() throws Exception {
        assumeThat(Files.getOwner(Path.of("/proc/self"))).hasToString("root");

        Ran ran = run("ecryptfs-recover-private", "missing");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).startsWith("ERROR: [missing] is not a directory\n");
    }

    @Test
    void migrateHomeRefusesAUserWhoIsNotThere() throws Exception {
        assumeThat(Files.getOwner(Path.of("/proc/self"))).hasToString("root");

        Ran ran = run("ecryptfs-migrate-home", "-u", "no such user");

        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("no such user");
    }

    private Path tree(String swaps, String crypttab) throws IOException {
        Path etc = Files.createDirectories(work.resolve("a root/etc"));
        Files.writeString(etc.resolve("fstab"), "/dev/sda1 / ext4 defaults 0 1\n" + swaps);
        if (crypttab != null) {
            Files.writeString(etc.resolve("crypttab"), crypttab);
        }
        return etc.getParent();
    }

    private Ran setupSwap(Path root, String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of(command("ecryptfs-setup-swap"), "--root", root.toString()));
        line.addAll(List.of(options));
        return runIn(work, line);
    }

    private Path home(String signatures) throws IOException {
        Path configuration = Files.createDirectories(work.resolve("home of/.ecryptfs"));
        Files.writeString(configuration.resolve("Private.sig"), signatures);
        return configuration.getParent();
    }

    private Ran verify(Path home, String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of("env", "HOME=" + home, command("ecryptfs-verify")));
        line.addAll(List.of(options));
        return runIn(work, line);
    }

    private Ran rewrite(List<String> names) throws Exception {
        List<String> line = new ArrayList<>(List.of(command("ecryptfs-rewrite-file"), "--"));
        line.addAll(names);
        return runIn(work, line);
    }

    private Ran run(String... words) throws Exception {
        List<String> line = new ArrayList<>(List.of(words));
        line.set(0, command(line.get(0)));
        return runIn(work, line);
    }

    private static String command(String name) {
        return BIN.resolve(name).toString();
    }

    private Ran runIn(Path where, List<String> line) throws Exception {
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(where.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended: %s", line).isTrue();
        return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private static Object inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }

    private List<String> entries() throws IOException {
        try (Stream<Path> files = Files.list(work)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
