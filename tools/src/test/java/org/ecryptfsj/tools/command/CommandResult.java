package org.ecryptfsj.tools.command;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A command that was called: its exit code and what it printed. */
public record CommandResult(int code, String out, String err) {
    /** Calls a command. */
    public static CommandResult with(Command command, String... arguments) throws IOException {
        PrintStream systemOut = System.out;
        PrintStream systemErr = System.err;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        int code;
        try {
            code = command.run(List.of(arguments));
        } catch (ToolFailure e) {
            code = e.report("tool");
        } finally {
            System.setOut(systemOut);
            System.setErr(systemErr);
        }
        return new CommandResult(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
