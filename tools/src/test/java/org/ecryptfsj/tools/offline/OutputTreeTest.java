package org.ecryptfsj.tools.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tree.DescriptorTrees;
import org.ecryptfsj.tree.FileTrees;
import org.ecryptfsj.tree.TreeDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As root: the output is root's alone while it is written, and its owner's at the end. */
class OutputTreeTest {
    private static final int USER = 64123;
    private static final int OTHER_USER = 64124;

    @TempDir
    Path directory;

    private final FileTrees trees = DescriptorTrees.ofThisProcess();
    private Path lower;
    private Path out;

    @BeforeEach
    void make() throws Exception {
        assumeTrue(trees.isRoot());
        lower = Files.createDirectory(directory.resolve("lower"));
        Files.setAttribute(lower, "unix:uid", USER);
        out = directory.resolve("out");
    }

    @Test
    void anOutputThatWasMadeIsGivenToTheLowerDirectorysOwnerAtTheEnd() throws Exception {
        try (OutputTree output = open(false)) {
            assertThat(owner()).isZero();
            assertThat(mode()).isEqualTo(0700);
            output.restoreOwner();
        }
        assertThat(owner()).isEqualTo(USER);
        assertThat(mode()).isEqualTo(0700);
    }

    @Test
    void anOutputThatWasThereIsGivenBackAsItWas() throws Exception {
        Files.createDirectory(out);
        Files.setAttribute(out, "unix:uid", OTHER_USER);
        Files.setAttribute(out, "unix:mode", 0755);

        try (OutputTree output = open(false)) {
            assertThat(owner()).isZero();
            assertThat(mode()).isEqualTo(0700);
            output.restoreOwner();
        }

        assertThat(owner()).isEqualTo(OTHER_USER);
        assertThat(mode()).isEqualTo(0755);
    }

    @Test
    void aRunThatWasKilledLeavesItToRootAndTheNextOneGivesItBack() throws Exception {
        open(false).close();
        assertThat(owner()).isZero();

        try (OutputTree output = open(false)) {
            output.restoreOwner();
        }

        assertThat(owner()).isEqualTo(USER);
    }

    @Test
    void aRecordThatAnotherUserCanHaveWrittenIsNotTaken() throws Exception {
        open(false).close();
        Path record = out.resolve(DecryptionRecord.NAME.toString());

        Files.setAttribute(record, "unix:uid", USER);
        assertThatThrownBy(() -> open(false)).hasMessageContaining("its owner is user 64123");
        Files.setAttribute(record, "unix:uid", 0);

        Files.setPosixFilePermissions(record, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> open(false)).hasMessageContaining("its mode is 644");
        Files.setPosixFilePermissions(record, PosixFilePermissions.fromString("rw-------"));

        Files.createLink(directory.resolve("second"), record);
        assertThatThrownBy(() -> open(false)).hasMessageContaining("it has 2 hard links");
        Files.delete(directory.resolve("second"));

        Files.move(record, directory.resolve("moved"));
        Files.createSymbolicLink(record, directory.resolve("moved"));
        assertThatThrownBy(() -> open(false)).hasMessageContaining("ELOOP");
        assertThat(directory.resolve("moved")).exists();
    }

    @Test
    void byForceSuchARecordIsReplacedAndWhatItLedToStaysAsItWas() throws Exception {
        Files.createDirectory(out);
        Path elsewhere = Files.writeString(directory.resolve("elsewhere"), "another file of root's");
        Files.createSymbolicLink(out.resolve(DecryptionRecord.NAME.toString()), elsewhere);

        open(true).close();

        assertThat(elsewhere).hasContent("another file of root's");
        assertThat(out.resolve(DecryptionRecord.NAME.toString())).isRegularFile();
    }

    private OutputTree open(boolean force) throws Exception {
        try (TreeDirectory opened = trees.directory(bytes(lower))) {
            return OutputTree.open(trees, bytes(out), opened, force);
        } catch (ToolFailure e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    private int owner() throws Exception {
        return (Integer) Files.getAttribute(out, "unix:uid");
    }

    private int mode() throws Exception {
        return (Integer) Files.getAttribute(out, "unix:mode") & 07777;
    }

    private static byte[] bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8);
    }
}
