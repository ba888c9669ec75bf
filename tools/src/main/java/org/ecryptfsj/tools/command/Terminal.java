package org.ecryptfsj.tools.command;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.Descriptor;
import org.ecryptfsj.linux.LinuxException;

/**
 * The input and output of a command's questions. Standard input is read byte by byte, so that the next program of a
 * script finds the remaining lines there. Answers are read into locked memory.
 */
public final class Terminal {
    /** Maximum length of a line; further bytes are read and discarded. */
    public static final int MAX_LINE_BYTES = 4096;

    private static final String CONTROLLING = "/dev/tty";

    private final TerminalInput input;
    private final PrintStream output;

    /** Standard input and output. */
    public static Terminal standard() {
        return new Terminal(Descriptor.adopt(0, "standard input"), System.out);
    }

    /**
     * The terminal that this process belongs to, whatever standard input and output are. Open until the program ends.
     *
     * @return empty if it belongs to none
     */
    public static Optional<Terminal> controlling() {
        try {
            Descriptor input = Descriptor.openReadWrite(CONTROLLING);
            PrintStream output = new PrintStream(new FileOutputStream(CONTROLLING), false, Charset.defaultCharset());
            return Optional.of(new Terminal(input, output));
        } catch (IOException withoutTerminal) {
            // Usual in scripts and services; starting Java's logging for it would take longer than all else here.
            return Optional.empty();
        }
    }

    /**
     * Standard input and standard error, for commands whose standard output is data.
     *
     * @return empty if standard input is not a terminal
     */
    public static Optional<Terminal> standardIfInteractive() {
        Terminal terminal = new Terminal(Descriptor.adopt(0, "standard input"), System.err);
        return terminal.isInteractive() ? Optional.of(terminal) : Optional.empty();
    }

    /**
     * @param input is not closed
     * @param output receives the prompts
     */
    public Terminal(Descriptor input, PrintStream output) {
        this(new DescriptorInput(input), output);
    }

    /** @param output receives the prompts */
    public Terminal(TerminalInput input, PrintStream output) {
        this.input = input;
        this.output = output;
    }

    /** Whether the input is a terminal. */
    public boolean isInteractive() {
        return input.isTerminal();
    }

    /**
     * Prints a prompt unchanged and reads a line.
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
     * Prints a prompt and reads a line without echo, then prints a line end. The echo is off before the prompt
     * appears. Without a terminal there is no echo to switch off.
     *
     * @return the line without its end, closed by the caller; empty at the end of the input
     */
    public Optional<Secret> askHidden(String prompt) throws LinuxException {
        if (!isInteractive()) {
            print(prompt);
            return line();
        }
        input.hideEcho(prompt, output);
        try {
            return line();
        } finally {
            input.showEcho(output);
        }
    }

    /**
     * Reads a line without a prompt.
     *
     * @return the line without its end, closed by the caller; empty at the end of the input
     */
    public Optional<Secret> line() throws LinuxException {
        try (Secret memory = Secret.allocate(MAX_LINE_BYTES);
                Secret one = Secret.allocate(1)) {
            ByteBuffer line = memory.buffer();
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

    /** Prints a text unchanged and flushes. */
    public void print(String text) {
        output.print(text);
        output.flush();
    }
}
