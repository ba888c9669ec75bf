package org.ecryptfsj.tools.setup;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.ecryptfsj.tools.command.ToolFailure;

/** Runs the programs of the machine that a setup needs. */
interface CommandRunner {
    /** Runs a program without a terminal.
     *
     * @return its exit code and output
     * @throws ToolFailure if the program does not exist
     */
    Result run(List<String> command) throws ToolFailure, IOException;

    /** Runs a program at the user's terminal.
     *
     * @return its exit code
     * @throws ToolFailure if the program does not exist
     */
    int runInteractively(List<String> command) throws ToolFailure, IOException;

    /** The result of a program.
     *
     * @param code exit code
     * @param output standard output and standard error
     */
    record Result(int code, String output) {}

    /** Runs a program and fails if its exit code is not 0. */
    default void runOrFail(List<String> command) throws ToolFailure, IOException {
        Result result = run(command);
        if (result.code() != 0) {
            throw new ToolFailure(
                    SetupTpm.FAILED,
                    String.join(" ", command) + " failed with exit code " + result.code() + ":\n"
                            + result.output().stripTrailing().indent(4).stripTrailing(),
                    "correct the problem that it reports, then run this command again");
        }
    }

    /** Runs the programs of this machine, found in PATH. */
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
