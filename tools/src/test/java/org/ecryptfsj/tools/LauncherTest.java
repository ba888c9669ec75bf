package org.ecryptfsj.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Usage, versions and exit codes of every command, as one call each. */
class LauncherTest {
    private final PrintStream systemOut = System.out;
    private final PrintStream systemErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void release() {
        System.setOut(systemOut);
        System.setErr(systemErr);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ecryptfs-generate-tpm-key", "ecryptfs-manager", "mount.ecryptfs", "umount.ecryptfs"})
    void everyCommandTellsItsVersionAndItsUsage(String command) {
        assertThat(Launcher.run(List.of(command, "--version"))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith(command + " (ecryptfsj) ");
        out.reset();

        assertThat(Launcher.run(List.of(command, "--help"))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).containsIgnoringCase("usage");
    }

    @Test
    void aNameThatIsNoCommandIsRefusedWithTheNamesThatAre() {
        assertThat(Launcher.run(List.of("ecryptfs-nothing"))).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("mount.ecryptfs");
    }

    @Test
    void aMountWithoutDirectoriesIsRefusedAsByTheCTool() {
        assertThat(Launcher.run(List.of("mount.ecryptfs"))).isEqualTo(234);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("Insufficient number of arguments");
    }

    @Test
    void aRemountIsSentToMountItself() {
        assertThat(Launcher.run(List.of("mount.ecryptfs", "/a", "/b", "-o", "remount,rw")))
                .isEqualTo(234);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("you need to pass the mount utility the -i parameter");
    }

    @Test
    void aMountOfADirectoryThatIsNotThereSaysWhichOne() {
        assertThat(Launcher.run(List.of("mount.ecryptfs", "/no/such/lower", "/", "-o", "ecryptfs_cipher=aes")))
                .isEqualTo(254);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("/no/such/lower does not exist");
    }

    @Test
    void moreThan24PcrsAreRefusedAsByTheCTool() {
        List<String> arguments = new ArrayList<>(List.of("ecryptfs-generate-tpm-key"));
        for (int i = 0; i < 25; i++) {
            arguments.add("-p");
            arguments.add("0");
        }

        assertThat(Launcher.run(arguments)).isEqualTo(234);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("25 PCRs given");
    }
}
