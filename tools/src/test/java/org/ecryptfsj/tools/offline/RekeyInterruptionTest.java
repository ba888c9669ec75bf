package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.ecryptfsj.keymodule.Salt;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.linux.ByteText;
import org.ecryptfsj.lower.DecryptedContent;
import org.ecryptfsj.lower.EncryptedName;
import org.ecryptfsj.lower.LowerFile;
import org.ecryptfsj.tools.command.CommandResult;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A run that is killed at any step, or whose machine loses power, leaves files that open; the next run completes it. */
class RekeyInterruptionTest {
    private static final Signature OLD_KEY = new Signature("d395309aaad4de06");

    @TempDir
    Path directory;

    private OfflineKeys oldKeys;
    private OfflineKeys newKeys;
    private OfflineKeys keys;
    private NewKeys added;

    @BeforeEach
    void makeKeys() throws Exception {
        Path passphrase = Files.writeString(directory.resolve("new"), "passphrase_passwd=another one\n");
        Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-------"));
        oldKeys = keys("test");
        newKeys = keys("another one");
        keys = keys("test");
        CommandLine.Model.CommandSpec grammar = new EcryptfsRekey().grammar();
        CommandLine.ParseResult given = new CommandLine(grammar)
                .parseArgs("--add-passphrase-file", passphrase.toString(), directory.toString());
        added = NewKeys.read(given, new KeyOptions(given), keys);
    }

    private static OfflineKeys keys(String passphrase) throws ToolFailure {
        OfflineKeys keys = new OfflineKeys(16, missing -> Optional.empty());
        keys.add(Secret.takeBytes(passphrase.getBytes(StandardCharsets.US_ASCII)), List.of(Salt.DEFAULT, Salt.FNEK));
        return keys;
    }

    @AfterEach
    void closeKeys() {
        oldKeys.close();
        newKeys.close();
        keys.close();
    }

    @Test
    void killedAtAnyStepEachFileOpensWithTheOldKeyOrTheNewOne() throws Exception {
        RekeyPlan plan = plan(true);
        for (int step = 0; ; step++) {
            Path tree = unpack("kill" + step);
            boolean killed = run(tree, plan, new StoppingTree(step));
            assertAllOpens(tree, 7);
            if (!killed) {
                assertThat(step).isGreaterThan(50);
                assertComplete(tree);
                return;
            }
            run(tree, plan, new StoppingTree(Long.MAX_VALUE));
            assertComplete(tree);
            assertAllOpens(tree, 7);
        }
    }

    @Test
    void killedAgainAndAgainInATreeOfSomeHundredFilesItIsCompletedInTheEnd() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("many"));
        for (int i = 0; i < 40; i++) {
            Files.move(unpack("copy" + i), tree.resolve("copy" + i));
        }
        RekeyPlan plan = plan(true);
        int runs = 0;
        while (run(tree, plan, new StoppingTree(131))) {
            assertAllOpens(tree, 280);
            runs++;
        }
        assertThat(runs).isGreaterThan(5);
        assertComplete(tree);
        assertAllOpens(tree, 280);
    }

    @Test
    void whenPowerFailsAndTheDiskLosesAnyOfTheLastWritesEachFileOpens() throws Exception {
        Random random = new Random(20);
        RekeyPlan plan = plan(false);
        boolean killed = true;
        for (int step = 0; killed; step++) {
            for (int loss = 0; loss < 3; loss++) {
                Path tree = unpack("power" + step + "-" + loss);
                StoppingTree disk = new StoppingTree(step);
                killed = run(tree, plan, disk);
                disk.losePower(random);
                assertAllOpens(tree, 7);
                run(tree, plan, new StoppingTree(Long.MAX_VALUE));
                assertAllOpens(tree, 7);
                assertNoOldKey(tree);
            }
        }
    }

    private RekeyPlan plan(boolean names) throws ToolFailure {
        return new RekeyPlan(
                added, Set.of(OLD_KEY), names ? Optional.of(added.forNames()) : Optional.empty(), false, false);
    }

    private Path unpack(String name) throws Exception {
        Path unpacked = Files.createDirectory(directory.resolve(name + ".unpacked"));
        LowerTreeFixture.unpackInto(unpacked);
        return unpacked.resolve("aes-32-names");
    }

    /** Whether it was killed. */
    private boolean run(Path tree, RekeyPlan plan, StoppingTree stopping) throws Exception {
        RekeySummary summary = new RekeySummary(plan);
        ProgressBar progress = new ProgressBar(false);
        try (TreeDirectory top = stopping.open(tree)) {
            TreeRekey.run(top, plan, keys, progress, new RekeyReport(progress, summary));
            assertThat(summary.isComplete()).isTrue();
            return false;
        } catch (StoppingTree.Killed e) {
            return true;
        }
    }

    private void assertAllOpens(Path tree, int count) throws Exception {
        int files = 0;
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.filter(p -> Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                byte[] lower = Files.readAllBytes(path);
                int size = (int) ByteBuffer.wrap(lower).getLong(0);
                String plain = opens(path, oldKeys)
                        .or(() -> opens(path, newKeys))
                        .orElseThrow(() -> new AssertionError(path + " opens with no key"));
                assertThat(plain).isEqualTo(LowerTreeFixture.plaintext(size));
                files++;
            }
        }
        assertThat(files).isEqualTo(count);
    }

    private static Optional<String> opens(Path path, OfflineKeys with) {
        try (LowerFile file = LowerFile.of(DescriptorTrees.ofThisProcess().file(ByteText.bytes(path)))
                        .orElseThrow();
                DecryptedContent contents = with.contents(file)) {
            ByteBuffer plain = ByteBuffer.allocate((int) contents.size());
            contents.read(0, plain);
            return Optional.of(new String(plain.array(), StandardCharsets.ISO_8859_1));
        } catch (SkippedEntryException e) {
            return Optional.empty();
        } catch (ToolFailure | IOException e) {
            throw new AssertionError(e);
        }
    }

    private void assertNoOldKey(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.filter(p -> Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                assertThat(opens(path, oldKeys)).isEmpty();
            }
        }
    }

    private void assertComplete(Path tree) throws Exception {
        assertNoOldKey(tree);
        Set<String> signatures = new TreeSet<>();
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.toList()) {
                byte[] name = ByteText.bytes(path.getFileName());
                if (EncryptedName.isEncrypted(name)) {
                    signatures.add(EncryptedName.read(name).signature().hex());
                }
                if (Files.isSymbolicLink(path)) {
                    byte[] target = ByteText.bytes(Files.readSymbolicLink(path));
                    signatures.add(EncryptedName.read(target).signature().hex());
                }
                assertThat(path.getFileName().toString()).doesNotContain("rekey");
            }
        }
        assertThat(signatures).containsExactly(added.forNames().hex());
        CommandResult check = CommandResult.with(
                new EcryptfsCheck(),
                "--passphrase-file",
                directory.resolve("new").toString(),
                tree.toString());
        assertThat(check.err()).isEmpty();
        assertThat(check.code()).isZero();
    }
}
