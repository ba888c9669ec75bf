package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.linux.TemporaryPrivilege;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionCounterTest {
    private static final Account ALICE = new Account(Account.realUid(), 0, "alice", Path.of("/home/alice"));

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
            counter.increment();
            assertThat(counter.increment()).isEqualTo(2);
        }

        assertThat(own()).hasContent("2\n");
        assertThat(directory.resolve("ecryptfs-alice-Private")).hasContent("2\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own())))
                .isEqualTo("rw-------");
    }

    @Test
    void whatTheCToolsHaveCountedIsTheNumber() throws Exception {
        try (SessionCounter counter = rootsCounter()) {
            counter.increment();
        }
        Files.writeString(directory.resolve("ecryptfs-alice-Private"), "3\n");

        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.decrement()).isEqualTo(2);
        }
        assertThat(own()).hasContent("2\n");
    }

    @Test
    void aCounterOfRootIsUsedWhereAnotherUserHasAllOtherNames() throws Exception {
        occupyAll();

        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.increment()).isEqualTo(1);
        }
        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.increment()).isEqualTo(2);
            assertThat(counter.decrement()).isEqualTo(1);
        }
        assertThat(own()).hasContent("1\n");
    }

    @Test
    void aFileThatOthersCouldHoldTheLockOfIsNotUsed() throws Exception {
        Path shared = Files.writeString(directory.resolve("ecryptfs-alice-Private"), "7\n");
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rw-r--r--"));

        try (SessionCounter counter = rootsCounter()) {
            assertThat(counter.increment()).isEqualTo(1);
        }
        assertThat(shared).hasContent("7\n");
    }

    @Test
    void aCounterOfNothingIsRemoved() throws Exception {
        try (SessionCounter counter = rootsCounter()) {
            counter.increment();
        }
        assertThat(own()).exists();
        try (SessionCounter counter = rootsCounter()) {
            counter.decrement();
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
            assertThat(counter.increment()).isEqualTo(1);
            assertThat(counter.increment()).isEqualTo(2);
            assertThat(counter.decrement()).isEqualTo(1);
        }

        Path file = directory.resolve("ecryptfs-alice-Private");
        assertThat(file).hasContent("1\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void lessThanNoneIsNone() throws Exception {
        try (SessionCounter counter = counter()) {
            assertThat(counter.decrement()).isZero();
        }
    }

    @Test
    void aFileThatIsALinkOrHasASecondNameOrIsADirectoryIsPassedOver() throws Exception {
        Path precious = Files.writeString(directory.resolve("precious"), "precious");
        Files.createSymbolicLink(directory.resolve("ecryptfs-alice-Private"), precious);
        Files.createLink(directory.resolve("ecryptfs-alice-Private-1"), precious);
        Files.createDirectory(directory.resolve("ecryptfs-alice-Private-2"));

        try (SessionCounter counter = counter()) {
            counter.increment();
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
            counter.increment();
        }
        assertThat(flock(file)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"'3\n',3", "'',0", "'-4\n',0", "'99999999999',0", "'2 3',0", "x,0"})
    void whatIsNoNumberCountsAsNone(String text, int value) {
        assertThat(SessionCounter.parse(text)).isEqualTo(value);
    }

    @Property
    void noContentIsTooStrange(@ForAll String text) {
        assertThat(SessionCounter.parse(text)).isNotNegative();
    }

    private static int flock(Path file) throws Exception {
        return new ProcessBuilder("flock", "--nonblock", file.toString(), "true")
                .start()
                .waitFor();
    }
}
