package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.TemporaryPrivilege;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionCounterTest {
    private static final Account ALICE = new Account(Account.realUid(), 0, "alice", Path.of("/home/alice"));

    private static final Optional<Integer> SELF =
            Optional.of((int) ProcessHandle.current().pid());

    @TempDir
    Path directory;

    private SessionCounter counter() throws Exception {
        return SessionCounter.open(Optional.empty(), directory, directory, ALICE, DirectoryAlias.DEFAULT);
    }

    private Path own() {
        return directory.resolve("run/sessions/" + ALICE.uid() + "-Private");
    }

    private SessionCounter rootsCounter() throws Exception {
        Files.createDirectories(own().getParent());
        return SessionCounter.open(
                Optional.of(TemporaryPrivilege.FileCall::run),
                own().getParent(),
                directory,
                ALICE,
                DirectoryAlias.DEFAULT);
    }

    @Test
    void withRootsRightsItIsCountedInBothPlaces() throws Exception {
        try (SessionCounter counter = rootsCounter()) {
            counter.increment(Optional.empty());
            assertThat(counter.increment(Optional.empty())).isEqualTo(2);
        }

        assertThat(own()).hasContent("2\ncomplete\n");
        assertThat(directory.resolve("ecryptfs-alice-Private")).hasContent("2\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own())))
                .isEqualTo("rw-------");
    }

    @Test
    void whatTheCToolsHaveCountedIsTheNumber() throws Exception {
        try (SessionCounter counter = rootsCounter()) {
            counter.increment(Optional.empty());
        }
        Files.writeString(directory.resolve("ecryptfs-alice-Private"), "3\n");

        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.decrement(Optional.empty())).isEqualTo(2);
        }
        assertThat(own()).hasContent("2\ncomplete\n");
    }

    @Test
    void aCounterOfRootIsUsedWhereAnotherUserHasAllOtherNames() throws Exception {
        occupyAll();

        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.increment(Optional.empty())).isEqualTo(1);
        }
        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.increment(Optional.empty())).isEqualTo(2);
            assertThat(counter.decrement(Optional.empty())).isEqualTo(1);
        }
        assertThat(own()).hasContent("1\ncomplete\n");
    }

    @Test
    void aFileThatOthersCouldHoldTheLockOfIsNotUsed() throws Exception {
        Path shared = Files.writeString(directory.resolve("ecryptfs-alice-Private"), "7\n");
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rw-r--r--"));

        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.increment(Optional.empty())).isEqualTo(1);
        }
        assertThat(shared).hasContent("7\n");
    }

    @Test
    void aCounterOfNothingIsRemoved() throws Exception {
        try (SessionCounter counter = rootsCounter()) {
            counter.increment(Optional.empty());
        }
        assertThat(own()).exists();
        try (SessionCounter counter = rootsCounter()) {
            counter.decrement(Optional.empty());
        }
        assertThat(own()).doesNotExist();
    }

    @Test
    void aDirectoryThatOthersCanChangeIsNotUsed() throws Exception {
        Files.createDirectories(own().getParent());
        Files.setPosixFilePermissions(own().getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(this::rootsCounter).hasMessageContaining("others may write to " + own().getParent());
    }

    private void occupyAll() throws Exception {
        Files.createDirectory(directory.resolve("ecryptfs-alice-Private"));
        for (int i = 1; i < 50; i++) {
            Files.createDirectory(directory.resolve("ecryptfs-alice-Private-" + i));
        }
    }

    @Test
    void sessionsAreCountedInAFileOfTheUsersOwn() throws Exception {
        try (SessionCounter counter = counter()) {
            assertThat(counter.increment(Optional.empty())).isEqualTo(1);
            assertThat(counter.increment(Optional.empty())).isEqualTo(2);
            assertThat(counter.decrement(Optional.empty())).isEqualTo(1);
        }

        Path file = directory.resolve("ecryptfs-alice-Private");
        assertThat(file).hasContent("1\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void lessThanNoneIsNone() throws Exception {
        try (SessionCounter counter = counter()) {
            assertThat(counter.decrement(Optional.empty())).isZero();
        }
    }

    @Test
    void aFileThatIsALinkOrHasASecondNameOrIsADirectoryIsPassedOver() throws Exception {
        Path precious = Files.writeString(directory.resolve("precious"), "precious");
        Files.createSymbolicLink(directory.resolve("ecryptfs-alice-Private"), precious);
        Files.createLink(directory.resolve("ecryptfs-alice-Private-1"), precious);
        Files.createDirectory(directory.resolve("ecryptfs-alice-Private-2"));

        try (SessionCounter counter = counter()) {
            counter.increment(Optional.empty());
        }

        assertThat(precious).hasContent("precious");
        assertThat(directory.resolve("ecryptfs-alice-Private-3")).hasContent("1\n");
    }

    @Test
    void ifAnotherUserHasEveryNameTheErrorSaysSo() throws Exception {
        occupyAll();

        assertThatThrownBy(this::counter).isInstanceOf(ToolFailure.class).hasMessageContaining("belong to other users");
    }

    @Test
    void otherProgramsThatUseFlockWaitForIt() throws Exception {
        Path file = directory.resolve("ecryptfs-alice-Private");
        try (SessionCounter counter = counter()) {
            assertThat(flock(file)).isNotZero();
            counter.increment(Optional.empty());
        }
        assertThat(flock(file)).isZero();
    }

    @Test
    void aSessionWhoseProcessHasEndedIsNotCounted() throws Exception {
        Process killed = new ProcessBuilder("cat").start();
        try (SessionCounter counter = rootsCounter()) {
            counter.increment(counter.opener(Optional.of((int) killed.pid())));
            assertThat(counter.increment(counter.opener(SELF))).isEqualTo(2);
        }
        killed.destroyForcibly().waitFor();

        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.decrement(SELF)).isZero();
            assertThatThrownBy(() -> counter.opener(Optional.of((int) killed.pid())))
                    .isInstanceOf(ToolFailure.class)
                    .hasMessageContaining("process " + killed.pid());
        }
        assertThat(own()).doesNotExist();
    }

    @Test
    void aSessionThatWasNotCountedIsNotSubtracted() throws Exception {
        try (SessionCounter counter = rootsCounter()) {
            counter.increment(counter.opener(SELF));
            assertThat(counter.decrement(Optional.of(1))).isEqualTo(1);
            assertThat(counter.decrement(SELF)).isZero();
        }
    }

    @Test
    void aKillBetweenTheTwoFilesLeavesTheNumberOfRootsFile() throws Exception {
        try (SessionCounter counter = rootsCounter()) {
            counter.increment(counter.opener(SELF));
            counter.increment(counter.opener(SELF));
        }
        Files.writeString(own(), Files.readString(own()).replace("complete", "partial"));
        Files.writeString(directory.resolve("ecryptfs-alice-Private"), "1\n");

        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.decrement(SELF)).isEqualTo(1);
        }
        assertThat(directory.resolve("ecryptfs-alice-Private")).hasContent("1\n");
        assertThat(own()).content().endsWith("\ncomplete\n");
    }

    private static int flock(Path file) throws Exception {
        return new ProcessBuilder("flock", "--nonblock", file.toString(), "true")
                .start()
                .waitFor();
    }
}
