package org.ecryptfsj.tools.privatedir;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CountedSessionsTest {
    private static final SessionProcess LOGIN = new SessionProcess(4711, 815);
    private static final SessionProcess SSHD = new SessionProcess(4712, 816);

    @Property
    void whatIsWrittenIsReadAlsoOverALongerText(
            @ForAll @IntRange(max = 999_999_999) int number,
            @ForAll @Size(max = 5) List<@IntRange(min = 1, max = 999_999_999) Integer> pids,
            @ForAll @LongRange(min = 0, max = 999_999_999_999_999_999L) long start,
            @ForAll boolean complete,
            @ForAll String rest) {
        CountedSessions sessions = new CountedSessions(
                number, pids.stream().map(pid -> new SessionProcess(pid, start)).toList(), complete);

        assertThat(CountedSessions.parse(sessions.text() + rest)).isEqualTo(sessions);
    }

    @ParameterizedTest
    @CsvSource({"'3\n',3", "'',0", "'-4\n',0", "'99999999999',0", "'2 3',0", "x,0"})
    void whatIsNoNumberCountsAsNone(String text, int number) {
        assertThat(CountedSessions.parse(text)).isEqualTo(new CountedSessions(number, List.of(), true));
        assertThat(CountedSessions.parseNumber(text)).isEqualTo(number);
    }

    @Property
    void noContentIsTooStrange(@ForAll String text) {
        assertThat(CountedSessions.parse(text).number()).isNotNegative();
        assertThat(CountedSessions.parseNumber(text)).isNotNegative();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2\n4711 815\n4712 816\n", "2\n", "2"})
    void withoutTheLastLineItHasNoProcesses(String text) {
        assertThat(CountedSessions.parse(text)).isEqualTo(new CountedSessions(2, List.of(), true));
    }

    @Test
    void aSessionIsSubtractedOnce() {
        CountedSessions both =
                new CountedSessions(0, List.of(), true).plus(Optional.of(LOGIN)).plus(Optional.of(SSHD));

        assertThat(both.minus(4711)).isEqualTo(new CountedSessions(1, List.of(SSHD), true));
        assertThat(both.minus(4711).minus(4711)).isEqualTo(both.minus(4711));
    }

    @Test
    void aMountByHandInASessionEndsWithIt() {
        CountedSessions byHand =
                new CountedSessions(0, List.of(), true).plus(Optional.empty()).plus(Optional.of(SSHD));

        assertThat(byHand.minus(4711)).isEqualTo(new CountedSessions(1, List.of(SSHD), true));
    }

    @Test
    void whatHasBeenUnmountedByHandIsNotSubtractedAgain() throws Exception {
        SessionProcess running =
                SessionProcess.running((int) ProcessHandle.current().pid()).orElseThrow();
        SessionProcess another = new SessionProcess(running.pid(), running.startTime() - 1);

        CountedSessions sessions = new CountedSessions(2, List.of(running, another), true).minusOne();

        assertThat(sessions.withoutEnded()).isEqualTo(new CountedSessions(1, List.of(running), true));
    }

    @Test
    void aProcessThatHasEndedIsNotRunningAlsoBeforeItsParentWaits() throws Exception {
        Process parent = new ProcessBuilder("sh", "-c", "tail -f /dev/null & echo $!; exec cat").start();
        BufferedReader output = parent.inputReader();
        int child = Integer.parseInt(output.readLine());
        untilItIsCatWhichNeverWaits(parent, output);
        try {
            SessionProcess running = SessionProcess.running(child).orElseThrow();
            assertThat(running.isRunning()).isTrue();
            ProcessHandle.of(child).orElseThrow().destroyForcibly();
            while (running.isRunning()) {
                Thread.onSpinWait();
            }
            assertThat(Path.of("/proc", Integer.toString(child))).exists();
        } finally {
            parent.destroy();
        }
    }

    /** A shell waits for a child that ends before the shell has become cat. */
    private static void untilItIsCatWhichNeverWaits(Process parent, BufferedReader output) throws IOException {
        parent.outputWriter().append("cat\n").flush();
        assertThat(output.readLine()).isEqualTo("cat");
    }
}
