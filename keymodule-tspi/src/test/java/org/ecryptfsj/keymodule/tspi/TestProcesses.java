package org.ecryptfsj.keymodule.tspi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs the tests run, and the Debian packages they come from. */
final class TestProcesses {
    private static final long LIMIT_SECONDS = 300;

    private static final Map<String, String> PACKAGES = Map.of(
            "swtpm", "swtpm",
            "tcsd", "trousers",
            "ecryptfs-generate-tpm-key", "ecryptfs-utils",
            "setsid", "util-linux",
            "chown", "coreutils",
            "kill", "procps");

    private TestProcesses() {}

    /** Starts a program in a session without a terminal, so that passwords are read from its standard input. */
    static Process start(Map<String, String> environment, Path output, List<String> command) {
        require(command.get(0));
        ProcessBuilder builder = new ProcessBuilder(Stream.concat(Stream.of(path("setsid"), "-w"), command.stream())
                        .toList())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a program to its end. */
    static Result run(Map<String, String> environment, String input, String... command) {
        try {
            Path output = Files.createTempFile("output", ".txt");
            try {
                Process process = start(environment, output, List.of(command));
                process.getOutputStream().write(input.getBytes(StandardCharsets.US_ASCII));
                process.getOutputStream().close();
                if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                    throw new AssertionError(List.of(command) + " did not end: " + Files.readString(output));
                }
                return new Result(List.of(command), process.exitValue(), Files.readString(output));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    record Result(List<String> command, int status, String output) {
        String success() {
            if (status != 0) {
                throw new AssertionError(command + " ended with status " + status + ": " + output);
            }
            return output;
        }
    }

    static String path(String program) {
        return Stream.of("/usr/bin", "/usr/sbin", "/bin", "/sbin")
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseThrow(() -> new AssertionError("this test needs " + program + ", which is in Debian's package "
                        + PACKAGES.getOrDefault(program, program.startsWith("tpm_") ? "tpm-tools" : program)));
    }

    private static void require(String program) {
        path(Path.of(program).getFileName().toString());
    }
}
