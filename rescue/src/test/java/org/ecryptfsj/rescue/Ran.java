package org.ecryptfsj.rescue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;

/**
 * What a command printed by {@link System#out} and {@link System#err}, and its exit code.
 *
 * @param out standard output
 * @param err standard error
 * @param code exit code
 */
record Ran(String out, String err, int code) {
    static Ran of(Callable<Integer> command) throws Exception {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream capturedOut = new ByteArrayOutputStream();
        ByteArrayOutputStream capturedErr = new ByteArrayOutputStream();
        System.setOut(new PrintStream(capturedOut, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(capturedErr, true, StandardCharsets.UTF_8));
        try {
            int code = command.call();
            return new Ran(
                    capturedOut.toString(StandardCharsets.UTF_8), capturedErr.toString(StandardCharsets.UTF_8), code);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
