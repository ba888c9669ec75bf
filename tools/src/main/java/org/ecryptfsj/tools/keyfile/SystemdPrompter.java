package org.ecryptfsj.tools.keyfile;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.Pipe;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;
import org.ecryptfsj.tools.command.Terminal;

/**
 * Asks through systemd-ask-password(1), which shows the question on the console, in the boot splash or wherever an agent is.
 * Waits without a limit. The answer comes through a pipe into locked memory.
 */
public final class SystemdPrompter implements Prompter {
    private static final List<Path> PROGRAMS =
            List.of(Path.of("/usr/bin/systemd-ask-password"), Path.of("/bin/systemd-ask-password"));
    private static final Path RUNNING = Path.of("/run/systemd/system");
    private static final Map<String, String> ENVIRONMENT =
            Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C.UTF-8");
    private static final File NOTHING = new File("/dev/null");

    private final Path program;
    private final String id;

    /**
     * @param program systemd-ask-password
     * @param subject what the question is about, in its id
     */
    SystemdPrompter(Path program, String subject) {
        this.program = program;
        this.id = "ecryptfs:" + PrintableText.of(subject);
    }

    /**
     * Asks through systemd if it is running and has the program.
     *
     * @param subject what the question is about, such as the path of a key file
     */
    public static Optional<SystemdPrompter> ofRunningSystem(String subject) {
        if (!Files.isDirectory(RUNNING)) {
            return Optional.empty();
        }
        return PROGRAMS.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .map(program -> new SystemdPrompter(program, subject));
    }

    @Override
    public int attempts() {
        return ConfirmedAnswer.ATTEMPTS;
    }

    @Override
    public Secret ask(Question question) throws ProtectorException {
        return ConfirmedAnswer.of(question, this::askOnce);
    }

    private Secret askOnce(String text) throws ProtectorException {
        try (Pipe pipe = Pipe.open()) {
            Process process = start(text, pipe);
            pipe.writer().close();
            int code = exitCode(process);
            if (code != 0) {
                throw new ProtectorException(
                        Reason.NO_ANSWER,
                        text + ": " + program + " ended with exit code " + code,
                        "answer the question");
            }
            Secret answer = firstLine(pipe);
            if (answer.size() == 0) {
                answer.close();
                throw ConfirmedAnswer.none(text);
            }
            return answer;
        } catch (IOException e) {
            throw new ProtectorException(
                    Reason.NO_ANSWER,
                    text + ": " + program + " cannot be run: " + e.getMessage(),
                    "run the command on a terminal, or give the answer on standard input",
                    e);
        }
    }

    private Process start(String text, Pipe pipe) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        program.toString(), "--id=" + id, "--timeout=0", "--no-tty", "--", text + ":")
                .redirectInput(NOTHING)
                .redirectOutput(new File("/proc/self/fd/" + pipe.writer().number()))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().clear();
        builder.environment().putAll(ENVIRONMENT);
        return builder.start();
    }

    /** The answer fits into the pipe, so that the program ends before it is read, and waiting can be interrupted. */
    private static int exitCode(Process process) throws ProtectorException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new ProtectorException(
                    Reason.TIMED_OUT, "interrupted while waiting for an answer", "run the command again", e);
        }
    }

    private static Secret firstLine(Pipe pipe) throws LinuxException {
        try (Secret memory = Secret.allocate(Terminal.MAX_LINE_BYTES)) {
            ByteBuffer bytes = memory.buffer();
            pipe.reader().fill(bytes);
            bytes.flip();
            int end = 0;
            while (end < bytes.limit() && bytes.get(end) != '\n') {
                end++;
            }
            return Secret.copyOf(bytes.limit(end));
        }
    }
}
