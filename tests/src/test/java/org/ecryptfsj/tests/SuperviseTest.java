package org.ecryptfsj.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the shell that watches over the daemon decides, in every shell that may be /bin/sh. In the JVM's place is a script
 * whose N-th start does what the N-th line of a file says; the channel and the record are a file each.
 */
class SuperviseTest {
    private static final Path LAUNCHER =
            Path.of(System.getProperty("repository.root")).resolve("packaging/launcher");

    /** Says USR2 as the JVM does, and waits for a signal; a signal or a number is how it ends. */
    private static final String JVM =
            """
            #!/bin/sh
            echo start >> starts
            n=$(wc -l < starts)
            plan=$(sed -n "${n}p" plan)
            echo "$LISTEN_FDS $LISTEN_FDNAMES $([ "$LISTEN_PID" = $$ ] && echo mine)" \
            "$(cat /proc/$$/fd/3) $([ "$ECRYPTFSD_SUPERVISOR" = $PPID ] && echo parent)" >> seen
            end() { kill $! 2> out.kill; exit "$1"; }
            trap 'echo TERM >> signals; if [ -e /proc/$PPID/fd/3 ]; then echo held >> signals; fi; end 0' TERM
            trap 'echo HUP >> signals' HUP
            trap 'echo USR1 >> signals; end 75' USR1
            case $plan in
              fail\\ *) exit "${plan#* }" ;;
              slow\\ *) echo > slow; read -r go < go ;;
            esac
            kill -USR2 $PPID
            case $plan in
              serve\\ KILL) kill -KILL $$ ;;
              serve\\ [0-9]*) exit "${plan#* }" ;;
            esac
            echo $$ > serving
            # Until a signal: a pipe that nobody writes to.
            read -r nothing < never &
            while :; do wait $!; done
            """;

    private static final String SHELL =
            """
            set -eu
            name=ecryptfsd mode=${1:-background} command=$PWD/jvm
            run() { shift; exec "$command" "$@"; }
            . "$SUPERVISE"
            open_channel() { echo open >> opened; exec 3<> channel; }
            hold() { open_channel; exec 4<> record; }
            logger() { if [ -p log-is-full ]; then read -r nothing < log-is-full; fi; echo "$*" >> log; }
            sleep() { echo "$1" >> slept; }
            supervise
            """;

    @TempDir
    Path work;

    private Process shell;

    private void start(String sh, String mode, String... plan) throws Exception {
        Files.writeString(work.resolve("jvm"), JVM);
        assertThat(work.resolve("jvm").toFile().setExecutable(true)).isTrue();
        Files.writeString(work.resolve("shell"), SHELL);
        Files.write(work.resolve("plan"), List.of(plan));
        Files.writeString(work.resolve("channel"), "channel");
        Files.writeString(work.resolve("record"), "");
        for (String fifo : List.of("never", "go")) {
            fifo(fifo);
        }
        ProcessBuilder builder = new ProcessBuilder();
        // A shell cannot trap what it was started to ignore, as nohup has it.
        builder.command().addAll(List.of("env", "--default-signal=HUP"));
        builder.command().addAll(List.of(sh.split(" ")));
        builder.command().addAll(List.of("shell", mode));
        builder.directory(work.toFile())
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("out").toFile());
        builder.environment().put("SUPERVISE", LAUNCHER.resolve("supervise").toString());
        shell = builder.start();
    }

    private void fifo(String name) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", name)
                        .directory(work.toFile())
                        .start()
                        .waitFor())
                .isZero();
    }

    /** The lines that were logged, once there are so many: they are written by a process of their own. */
    private List<String> log(int lines) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (read("log").lines().count() < lines) {
            assertThat(System.nanoTime())
                    .as("%s lines are logged: %s", lines, read("log"))
                    .isLessThan(end);
            Thread.onSpinWait();
        }
        return read("log").lines().toList();
    }

    @AfterEach
    void killWhatIsLeft() {
        shell.descendants().forEach(ProcessHandle::destroyForcibly);
        shell.destroyForcibly();
    }

    private int exitCode() throws Exception {
        assertThat(shell.waitFor(30, TimeUnit.SECONDS))
                .as("it ends: %s", read("out"))
                .isTrue();
        return shell.exitValue();
    }

    private String read(String file) throws IOException {
        return Files.exists(work.resolve(file)) ? Files.readString(work.resolve(file), UTF_8) : "";
    }

    private void signal(String name) throws Exception {
        untilItWaits();
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(shell.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** A bash that begins to wait at the moment a signal comes runs the trap only when the wait is over. */
    private void untilItWaits() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!waits()) {
            assertThat(System.nanoTime()).as("the shell waits").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private boolean waits() throws IOException {
        String status = Files.readString(Path.of("/proc", Long.toString(shell.pid()), "status"));
        return status.contains("State:\tS") && status.contains("ShdPnd:\t0000000000000000");
    }

    private void until(String file) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (read(file).isEmpty()) {
            assertThat(System.nanoTime()).as("%s comes: %s", file, read("out")).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private long starts() throws IOException {
        return read("starts").lines().count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox sh"})
    void aDaemonThatDiesIsFollowedByAnotherWithBothDescriptors(String sh) throws Exception {
        start(sh, "background", "serve KILL", "serve 134", "serve");
        until("serving");

        signal("TERM");

        assertThat(exitCode()).isZero();
        assertThat(starts()).isEqualTo(3);
        assertThat(read("seen").lines()).hasSize(3).containsOnly("2 channel:record mine channel parent");
        List<String> log = log(2);
        assertThat(log).hasSize(2).allMatch(line -> line.contains("the daemon crashed (exit code "));
        // Bash may know no more of a process that ends at the moment of a trap than that it has ended.
        if (!sh.equals("bash")) {
            assertThat(log.get(0)).contains("the daemon crashed (exit code 137, signal KILL);");
            assertThat(log.get(1)).contains("the daemon crashed (exit code 134, signal ABRT: the JVM crashed);");
        }
        assertThat(read("signals")).as("the channel is let go of first").isEqualTo("TERM\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox sh"})
    void aFirstStartThatFailsIsNotRepeated(String sh) throws Exception {
        start(sh, "background", "fail 251");

        assertThat(exitCode()).isEqualTo(251);
        assertThat(starts()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox sh"})
    void fiveSuccessorsInARowThatFailAreEnough(String sh) throws Exception {
        start(sh, "background", "serve KILL", "fail 1", "fail 1", "fail 134", "fail 1", "fail 1");

        assertThat(exitCode()).isEqualTo(251);
        assertThat(starts()).isEqualTo(6);
        assertThat(read("slept")).endsWith("1\n2\n3\n4\n");
        assertThat(log(6)).last().asString().contains("daemon.crit").contains("What to do");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox sh"})
    void oneThatAnswersInBetweenIsANewBeginning(String sh) throws Exception {
        start(sh, "background", "serve KILL", "fail 1", "fail 1", "fail 1", "fail 1", "serve KILL", "fail 1", "serve");
        until("serving");
        signal("TERM");

        assertThat(exitCode()).isZero();
        assertThat(starts()).isEqualTo(8);
    }

    @ParameterizedTest
    // A bash that is interrupted by the trap loses the code of a process that ends at that moment.
    @ValueSource(strings = {"dash", "busybox sh"})
    void aBrokenChannelIsClosedAndOpenedAgain(String sh) throws Exception {
        start(sh, "background", "serve 251", "serve");
        until("serving");
        signal("TERM");

        assertThat(exitCode()).isZero();
        assertThat(starts()).isEqualTo(2);
        assertThat(read("opened")).isEqualTo("open\nopen\n");
        assertThat(log(1)).singleElement().asString().contains("broke and was reopened");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "busybox sh"})
    void fiveBrokenChannelsInARowAreEnough(String sh) throws Exception {
        start(sh, "background", "serve 251", "serve 251", "serve 251", "serve 251", "serve 251");

        assertThat(exitCode()).isEqualTo(251);
        assertThat(starts()).isEqualTo(5);
        // The lines are written side by side, so that a log that takes nothing delays no start.
        assertThat(log(5))
                .filteredOn(line -> line.contains("daemon.crit"))
                .singleElement()
                .asString()
                .contains("What to do");
    }

    @ParameterizedTest
    // As above.
    @ValueSource(strings = {"dash", "busybox sh"})
    void aLogThatTakesNothingDelaysNoStartAndLacksOnlyWhatIsTooMuch(String sh) throws Exception {
        fifo("log-is-full");
        String[] plan = new String[21];
        Arrays.fill(plan, "serve 134");
        plan[20] = "serve";
        start(sh, "background", plan);
        until("serving");
        assertThat(starts()).isEqualTo(21);
        assertThat(read("log")).isEmpty();

        Path full = work.resolve("log-is-full");
        try (OutputStream reader = Files.newOutputStream(full)) {
            Files.delete(full);
            reader.flush();
        }
        signal("TERM");

        assertThat(exitCode()).isZero();
        assertThat(log(18))
                .hasSize(18)
                .filteredOn(line -> line.contains("the daemon crashed"))
                .hasSize(17);
        assertThat(read("log")).contains("daemon.warning -- 3 log lines discarded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox sh"})
    void usr1MakesRoomForAnotherAndNothingIsSaidOfIt(String sh) throws Exception {
        start(sh, "background", "serve", "serve");
        until("serving");
        Files.delete(work.resolve("serving"));

        signal("USR1");
        until("serving");
        signal("TERM");

        assertThat(exitCode()).isZero();
        assertThat(starts()).isEqualTo(2);
        assertThat(read("signals")).isEqualTo("USR1\nTERM\n");
        assertThat(read("log")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox sh"})
    void hupIsHandedOnInTheBackgroundAndEndsItInTheForeground(String sh) throws Exception {
        start(sh, "background", "serve");
        until("serving");
        signal("HUP");
        until("signals");
        signal("TERM");
        assertThat(exitCode()).isZero();
        assertThat(read("signals")).isEqualTo("HUP\nTERM\n");

        for (String file : List.of("starts", "serving", "signals", "never", "go")) {
            Files.deleteIfExists(work.resolve(file));
        }
        start(sh, "foreground", "serve");
        until("serving");
        signal("HUP");
        assertThat(exitCode()).isZero();
        assertThat(read("signals")).isEqualTo("TERM\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox sh"})
    void oneThatIsStillStartingIsEndedOnceItAnswers(String sh) throws Exception {
        start(sh, "background", "slow serve");
        until("slow");

        signal("TERM");
        untilItWaits();
        Files.writeString(work.resolve("go"), "go\n");

        assertThat(exitCode()).isZero();
        assertThat(read("signals")).isEqualTo("TERM\n");
    }
}
