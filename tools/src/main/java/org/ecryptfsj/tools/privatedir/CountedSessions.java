package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The content of root's session counter: a line with the number of sessions; a line with the process id and the start time of the
 * process of each session that PAM opened; and the line {@code complete}, or {@code partial} while the same number is not yet in
 * the C tools' file. What follows that line is ignored. A file with the number alone is complete.
 *
 * @param number number of sessions, those without a process included
 * @param processes of the sessions that PAM opened; a process can have more than one
 * @param isComplete whether the number was written to the C tools' file too
 */
record CountedSessions(int number, List<SessionProcess> processes, boolean isComplete) {
    /** Longer files are not written: sessions beyond that are counted without their processes. */
    private static final int MAX_PROCESSES = 4000;

    private static final int MAX_LINE_BYTES = 32;
    static final int MAX_BYTES = (MAX_PROCESSES + 2) * MAX_LINE_BYTES;

    private static final Pattern PROCESS = Pattern.compile("([1-9][0-9]{0,8}) ([0-9]{1,18})");
    private static final String COMPLETE = "complete";
    private static final String PARTIAL = "partial";

    CountedSessions {
        processes = List.copyOf(processes);
    }

    /** Parses the text; a number that is not one, and a negative number, count as 0. */
    static CountedSessions parse(String text) {
        List<String> lines = text.lines().toList();
        List<SessionProcess> processes = new ArrayList<>();
        for (String line : lines.stream().skip(1).toList()) {
            Matcher process = PROCESS.matcher(line);
            if (!process.matches()) {
                return new CountedSessions(parseNumber(lines.get(0)), processes, !line.equals(PARTIAL));
            }
            processes.add(new SessionProcess(Integer.parseInt(process.group(1)), Long.parseLong(process.group(2))));
        }
        return new CountedSessions(lines.isEmpty() ? 0 : parseNumber(lines.get(0)), List.of(), true);
    }

    /** Parses the number in the C tools' file; text that is not a number, and a negative number, count as 0. */
    static int parseNumber(String text) {
        String digits = text.strip();
        return digits.matches("[0-9]{1,9}") ? Integer.parseInt(digits) : 0;
    }

    /** The text that {@link #parse} takes. */
    String text() {
        StringBuilder text = new StringBuilder(number + "\n");
        processes.forEach(process -> text.append(process.pid() + " " + process.startTime() + "\n"));
        return text + (isComplete ? COMPLETE : PARTIAL) + "\n";
    }

    /** With the number that the C tools have counted. */
    CountedSessions withNumber(int counted) {
        return new CountedSessions(counted, processes, isComplete);
    }

    /** Whether the number was written to the C tools' file too. */
    CountedSessions complete(boolean written) {
        return new CountedSessions(number, processes, written);
    }

    /**
     * Without the sessions whose processes have ended: they were killed before they could close their sessions.
     *
     * @throws IOException if /proc cannot be read
     */
    CountedSessions withoutEnded() throws IOException {
        List<SessionProcess> running = new ArrayList<>();
        for (SessionProcess process : processes) {
            if (process.isRunning()) {
                running.add(process);
            }
        }
        int ended = processes.size() - running.size();
        // A user who has unmounted by hand has already counted one less.
        return new CountedSessions(Math.max(number - ended, Math.min(number, running.size())), running, isComplete);
    }

    /** With one more session. */
    CountedSessions plus(Optional<SessionProcess> process) {
        List<SessionProcess> all = new ArrayList<>(processes);
        process.filter(opener -> all.size() < MAX_PROCESSES).ifPresent(all::add);
        return new CountedSessions(number + 1, all, isComplete);
    }

    /** With one session less that no process here has. */
    CountedSessions minusOne() {
        return new CountedSessions(Math.max(0, number - 1), processes, isComplete);
    }

    /**
     * With one session of this process less. If it has none here, one without a process is taken: users unmount and mount by hand
     * during a session. If all sessions have other processes, none is taken.
     */
    CountedSessions minus(int pid) {
        List<SessionProcess> others = new ArrayList<>(processes);
        Optional<SessionProcess> own =
                processes.stream().filter(process -> process.pid() == pid).findFirst();
        own.ifPresent(others::remove);
        return own.isPresent() || number > processes.size()
                ? new CountedSessions(Math.max(0, number - 1), others, isComplete)
                : this;
    }
}
