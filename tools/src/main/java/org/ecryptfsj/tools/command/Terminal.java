package org.ecryptfsj.tools.command;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.linux.TerminalEcho;

/**
 * Where a command asks and reads answers: standard input, read byte by byte so that what another program of the same script
 * is to read stays there. Answers are read into locked memory.
 */
public final class Terminal {
    /** Longest line taken; what is beyond is read and dropped. */
    public static final int MAX_LINE_BYTES = 4096;

    private final Descriptor input;
    private final PrintStream output;

    /** Standard input and output. */
    public static Terminal standard() {
        return new Terminal(Descriptor.adopt(0, "standard input"), System.out);
    }

    /**
     * @param input stays the caller's
     * @param output where prompts go
     */
    public Terminal(Descriptor input, PrintStream output) {
        this.input = input;
        this.output = output;
    }

    /** Whether a person may be typing. */
    public boolean isInteractive() {
        return TerminalEcho.isTerminal(input.number());
    }

    /**
     * Prints a prompt as it is and reads a line.
     *
     * @return the line without its end; empty at the end of the input
     */
    public Optional<String> ask(String prompt) throws LinuxException {
        print(prompt);
        return line().map(line -> {
            try (line) {
                return StandardCharsets.UTF_8.decode(line.buffer()).toString();
            }
        });
    }

    /**
     * Prints a prompt and reads a line that is not shown while it is typed, however soon after the prompt; then ends the line
     * on the screen. Without a terminal there is nothing to hide.
     *
     * @return the line without its end, closed by the caller; empty at the end of the input
     */
    public Optional<Secret> askHidden(String prompt) throws LinuxException {
        if (!isInteractive()) {
            print(prompt);
            return line();
        }
        TerminalEcho echo = TerminalEcho.off(input.number());
        try {
            print(prompt);
            return line();
        } finally {
            echo.close();
            output.println();
        }
    }

    /**
     * Reads a line without a prompt.
     *
     * @return the line without its end, closed by the caller; empty at the end of the input
     */
    public Optional<Secret> line() throws LinuxException {
        try (Secret room = Secret.allocate(MAX_LINE_BYTES);
                Secret one = Secret.allocate(1)) {
            ByteBuffer line = room.buffer();
            while (true) {
                ByteBuffer next = one.buffer();
                boolean ended = input.read(next) == 0;
                if (ended && line.position() == 0) {
                    return Optional.empty();
                }
                if (ended || next.get(0) == '\n') {
                    return Optional.of(Secret.copyOf(line.flip()));
                }
                if (line.hasRemaining()) {
                    line.put(next.get(0));
                }
            }
        }
    }

    /** Prints a text as it is, at once. */
    public void print(String text) {
        output.print(text);
        output.flush();
    }
}
