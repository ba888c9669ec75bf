package org.ecryptfsj.tools.privatedir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The process that opened a PAM session, such as login or sshd. The session has ended when it has.
 *
 * @param pid its process id
 * @param startTime time of its start after the boot, in clock ticks: field 22 of {@code /proc/PID/stat} (proc(5)). Another process
 *     with the same id has another one
 */
record SessionProcess(int pid, long startTime) {
    /** Set by pam_ecryptfs.so: the process id. */
    private static final String VARIABLE = "ECRYPTFSJ_PAM_SESSION";

    private static final Path PROCESSES = Path.of("/proc");

    /** Fields of stat are counted from 1; the third is the first after the closing parenthesis of the name. */
    private static final int STATE_INDEX = 0;

    private static final int START_INDEX = 22 - 3;
    private static final List<String> ENDED = List.of("Z", "X", "x");

    /** The process id that the environment has; empty for a command that no PAM session calls. */
    static Optional<Integer> pidIn(Map<String, String> environment) {
        return Optional.ofNullable(environment.get(VARIABLE))
                .filter(text -> text.matches("[1-9][0-9]{0,8}"))
                .map(Integer::valueOf);
    }

    /**
     * The process with this id; empty if there is none, or if it has ended.
     *
     * @throws IOException if /proc cannot be read
     */
    static Optional<SessionProcess> running(int pid) throws IOException {
        Path process = PROCESSES.resolve(Integer.toString(pid));
        String stat;
        try {
            stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            if (Files.exists(process) || !Files.exists(PROCESSES.resolve("self"))) {
                throw e;
            }
            return Optional.empty();
        }
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        if (fields.length <= START_INDEX) {
            throw new IOException("/proc/" + pid + "/stat has only " + fields.length + " fields after the name");
        }
        return ENDED.contains(fields[STATE_INDEX])
                ? Optional.empty()
                : Optional.of(new SessionProcess(pid, Long.parseLong(fields[START_INDEX])));
    }

    /**
     * Whether it has not ended.
     *
     * @throws IOException if /proc cannot be read
     */
    boolean isRunning() throws IOException {
        return running(pid).filter(this::equals).isPresent();
    }
}
