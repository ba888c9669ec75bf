package org.ecryptfsj.tools.privatedir;

import java.io.File;
import java.io.IOException;
import java.util.List;

/** Runs another program and waits for its end. */
final class Subprocess {
    private Subprocess() {}

    static ProcessBuilder silent(List<String> command) {
        File devNull = new File("/dev/null");
        return new ProcessBuilder(command)
                .redirectInput(devNull)
                .redirectOutput(devNull)
                .redirectError(devNull);
    }

    /** @return its exit code */
    static int run(ProcessBuilder program) throws IOException {
        System.out.flush();
        Process process = program.start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException(
                    "interrupted while waiting for " + program.command().get(0), e);
        }
    }
}
