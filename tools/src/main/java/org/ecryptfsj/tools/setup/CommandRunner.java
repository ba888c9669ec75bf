package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.ecryptfsj.tools.command.ToolFailure;

/** The other programs of a machine, by which it is set up. */
interface CommandRunner {
    /**
     * Runs one without a terminal.
     *
     * @return its exit code, and what it printed
     * @throws ToolFailure if there is no such program
     */
    Result run(List<String> command) throws ToolFailure, IOException;

    /**
     * Lets one talk with the user.
     *
     * @return its exit code
     * @throws ToolFailure if there is no such program
     */
    int runInteractively(List<String> command) throws ToolFailure, IOException;

    /**
     * What came of a program.
     *
     * @param code its exit code
     * @param output both streams
     */
    record Result(int code, String output) {}

    /** Runs a program that has to succeed. */
    default void runOrFail(List<String> command) throws ToolFailure, IOException {
        Result result = run(command);
        if (result.code() != 0) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    String.join(" ", command) + " failed with exit code " + result.code() + ":\n"
                            + result.output().stripTrailing().indent(4).stripTrailing(),
                    "mend what it says, then run this again");
        }
    }

    /** Those of this machine, found by PATH. */
    static CommandRunner ofThisMachine() {
        return new CommandRunner() {
            @Override
            public Result run(List<String> command) throws ToolFailure, IOException {
                Process process = start(new ProcessBuilder(command).redirectErrorStream(true));
                process.getOutputStream().close();
                try (InputStream output = process.getInputStream()) {
                    String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
                    return new Result(exitCode(process), text);
                }
            }

            @Override
            public int runInteractively(List<String> command) throws ToolFailure, IOException {
                System.out.flush();
                return exitCode(start(new ProcessBuilder(command).inheritIO()));
            }
        };
    }

    private static Process start(ProcessBuilder builder) throws ToolFailure {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    "the program " + builder.command().get(0) + " cannot be run: " + e.getMessage(),
                    "install it; tpm_takeownership and others are in the package tpm-tools");
        }
    }

    private static int exitCode(Process process) throws IOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a program ran");
        }
    }
}
