package org.ecryptfsj.tools.passphrase;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Terminal;
import org.ecryptfsj.tools.command.ToolFailure;

/** Where a passphrase tool is tried: its input is given, a directory is its home, and what it prints is kept. */
final class ScriptedDialogue {
    private final Path home;

    ScriptedDialogue(Path home) {
        this.home = home;
    }

    /** What a tool did; a character of the output is a byte. */
    record Run(int exitCode, String output, String errors) {}

    Run run(Function<PassphraseDialogue, Command> tool, String input, String... arguments) throws IOException {
        return run(tool, input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    Run run(Function<PassphraseDialogue, Command> tool, byte[] input, String... arguments) throws IOException {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        Path typed = Files.write(Files.createTempFile(home, "typed", ""), input);
        try (Descriptor descriptor = Descriptor.openReadWrite(typed.toString());
                PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
                PrintStream captureErrors = new PrintStream(errors, true, StandardCharsets.UTF_8)) {
            System.setOut(capture);
            System.setErr(captureErrors);
            PassphraseDialogue dialogue =
                    new PassphraseDialogue(new Terminal(descriptor, capture), printed, Optional.of(home));
            int code = code(tool.apply(dialogue), List.of(arguments));
            return new Run(
                    code, printed.toString(StandardCharsets.ISO_8859_1), errors.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
            Files.delete(typed);
        }
    }

    private static int code(Command command, List<String> arguments) throws IOException {
        try {
            return command.run(arguments);
        } catch (ToolFailure e) {
            return e.report("tool");
        }
    }
}
