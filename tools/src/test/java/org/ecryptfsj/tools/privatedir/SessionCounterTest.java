package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.ecryptfsj.linux.Account;
import org.ecryptfsj.tools.command.ToolFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionCounterTest {
    private static final Account ALICE = new Account(Account.realUid(), 0, "alice", Path.of("/home/alice"));

    @TempDir
    Path directory;

    @Test
    void sessionsAreCountedInAFileOfTheUsersOwn() throws Exception {
        try (SessionCounter counter = SessionCounter.open(directory, ALICE, Alias.PRIVATE)) {
            assertThat(counter.opened()).isEqualTo(1);
            assertThat(counter.opened()).isEqualTo(2);
            assertThat(counter.closed()).isEqualTo(1);
        }

        Path file = directory.resolve("ecryptfs-alice-Private");
        assertThat(file).hasContent("1\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void lessThanNoneIsNone() throws Exception {
        try (SessionCounter counter = SessionCounter.open(directory, ALICE, Alias.PRIVATE)) {
            assertThat(counter.closed()).isZero();
        }
    }

    @Test
    void aFileThatIsALinkOrHasASecondNameOrIsADirectoryIsPassedOver() throws Exception {
        Path precious = Files.writeString(directory.resolve("precious"), "precious");
        Files.createSymbolicLink(directory.resolve("ecryptfs-alice-Private"), precious);
        Files.createLink(directory.resolve("ecryptfs-alice-Private-1"), precious);
        Files.createDirectory(directory.resolve("ecryptfs-alice-Private-2"));

        try (SessionCounter counter = SessionCounter.open(directory, ALICE, Alias.PRIVATE)) {
            counter.opened();
        }

        assertThat(precious).hasContent("precious");
        assertThat(directory.resolve("ecryptfs-alice-Private-3")).hasContent("1\n");
    }

    @Test
    void whereEveryNameIsSomebodyElsesItSaysSo() throws Exception {
        Files.createDirectory(directory.resolve("ecryptfs-alice-Private"));
        for (int i = 1; i < 50; i++) {
            Files.createDirectory(directory.resolve("ecryptfs-alice-Private-" + i));
        }

        assertThatThrownBy(() -> SessionCounter.open(directory, ALICE, Alias.PRIVATE))
                .isInstanceOf(ToolFailure.class)
                .hasMessageContaining("somebody else's");
    }

    @Test
    void otherProgramsThatUseFlockWaitForIt() throws Exception {
        Path file = directory.resolve("ecryptfs-alice-Private");
        try (SessionCounter counter = SessionCounter.open(directory, ALICE, Alias.PRIVATE)) {
            assertThat(flock(file)).isNotZero();
            counter.opened();
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
