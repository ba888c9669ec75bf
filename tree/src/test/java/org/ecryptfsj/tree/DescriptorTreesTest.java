package org.ecryptfsj.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.FileName;
import org.ecryptfsj.tree.FileTrees.Output;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class DescriptorTreesTest {
    private static final int ANOTHER_USER = 64123;

    @TempDir
    Path directory;

    private final FileTrees trees = DescriptorTrees.ofThisProcess();
    private Path lower;
    private Path home;

    @BeforeEach
    void make() throws Exception {
        lower = Files.createDirectory(directory.resolve("lower"));
        home = Files.createDirectory(directory.resolve("home"));
    }

    @Test
    void rootDoesNotFollowAnotherUsersLink() throws Exception {
        assumeTrue(trees.isRoot());
        Files.createSymbolicLink(home.resolve("link"), lower);
        Files.writeString(lower.resolve("file"), "text");
        give(home);

        assertThatThrownBy(() -> trees.directory(bytes(home.resolve("link")))).hasMessageContaining("another user's");
        assertThatThrownBy(() -> trees.file(bytes(home.resolve("link/file")))).hasMessageContaining("another user's");
        assertThatThrownBy(() -> output(home.resolve("link/out"))).hasMessageContaining("another user's");
    }

    @Test
    void aLinkThatOnlyRootCanHaveMadeIsFollowed() throws Exception {
        Files.writeString(lower.resolve("file"), "text");
        Files.createSymbolicLink(directory.resolve("link"), Path.of("home/../lower"));

        try (TreeDirectory opened = trees.directory(bytes(directory.resolve("link")));
                TreeFile file = trees.file(bytes(directory.resolve("link/file")))) {
            assertThat(opened.status(FileName.of("file"))).isPresent();
            assertThat(file.status().size()).isEqualTo(4);
        }
    }

    @Test
    void anOutputThatAnotherUserCouldExchangeIsRefused() throws Exception {
        assumeTrue(trees.isRoot());
        Files.createDirectory(home.resolve("out"));
        Path shared = Files.createDirectory(directory.resolve("shared"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.createDirectory(shared.resolve("out"));
        give(home);

        assertThatThrownBy(() -> output(home.resolve("out"))).hasMessageContaining("belongs to user 64123");
        assertThatThrownBy(() -> output(home.resolve("new/out"))).hasMessageContaining("belongs to user 64123");
        assertThat(home.resolve("new")).doesNotExist();
        assertThatThrownBy(() -> output(shared.resolve("out")))
                .hasMessageContaining("can be written to by other users");
    }

    @Test
    void anOutputOfRootInAStickyDirectoryIsAccepted() throws Exception {
        assumeTrue(trees.isRoot());
        Path sticky = Files.createDirectory(directory.resolve("sticky"));
        Files.setAttribute(sticky, "unix:mode", 01777);
        Path theirs = Files.createDirectory(sticky.resolve("theirs"));
        give(theirs);

        assertThat(output(sticky.resolve("new/out")).made()).isTrue();
        assertThat(output(sticky.resolve("new/out")).made()).isFalse();
        assertThatThrownBy(() -> output(theirs)).hasMessageContaining("can be written to by other users");
    }

    @Test
    void lowerAndOutputDirectoryMustNotContainOneAnother() throws Exception {
        assertThatThrownBy(() -> output(lower.resolve("out/deeper")))
                .hasMessageContaining("must not contain one another");
        assertThat(lower.resolve("out")).doesNotExist();
        assertThatThrownBy(() -> output(directory)).hasMessageContaining("must not contain one another");
        assertThatThrownBy(() -> output(lower)).hasMessageContaining("must not contain one another");
    }

    @Test
    @Timeout(20)
    void onlyRegularFilesAreOpened() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", lower.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();

        assertThatThrownBy(() -> trees.file(bytes(lower.resolve("pipe")))).hasMessageContaining("a pipe");
        assertThatThrownBy(() -> trees.file(bytes(lower))).hasMessage("Is a directory");
        try (TreeDirectory opened = trees.directory(bytes(lower))) {
            assertThatThrownBy(() -> opened.openFile(FileName.of("pipe"))).hasMessageContaining("a pipe");
        }
    }

    private Output output(Path path) throws TreeException {
        try (TreeDirectory outside = trees.directory(bytes(lower))) {
            Output output = trees.output(bytes(path), outside);
            output.directory().close();
            return output;
        }
    }

    private static void give(Path path) throws Exception {
        Files.setAttribute(path, "unix:uid", ANOTHER_USER, LinkOption.NOFOLLOW_LINKS);
        assertThat(Account.effectiveUid()).isNotEqualTo(ANOTHER_USER);
    }

    private static byte[] bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8);
    }
}
