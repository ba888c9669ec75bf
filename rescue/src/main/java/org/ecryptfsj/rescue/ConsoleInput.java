package org.ecryptfsj.rescue;

import java.io.Console;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.tools.command.TerminalInput;

/** Standard input where there is no stty, as on Windows: without echo, Java's console reads a whole line, which becomes UTF-8. */
final class ConsoleInput implements TerminalInput {
    private final StandardInput input = new StandardInput();
    private final Optional<Console> console;

    /** A line that was typed without echo; null while the echo is on. */
    private Secret typed;

    private int position;

    /** @param console empty without a terminal */
    ConsoleInput(Optional<Console> console) {
        this.console = console;
    }

    @Override
    public boolean isTerminal() {
        return console.isPresent();
    }

    @Override
    public int read(ByteBuffer into) throws LinuxException {
        if (typed == null) {
            return input.read(into);
        }
        if (position == typed.size()) {
            return 0;
        }
        into.put(typed.buffer().get(position));
        position++;
        return 1;
    }

    /** The console shows the prompt on standard output, where it also is a terminal. */
    @Override
    public void hideEcho(String prompt, PrintStream output) {
        StandardInput.prepareForSecret();
        char[] line = console.orElseThrow().readPassword("%s", prompt);
        if (line == null) {
            typed = Secret.allocate(0);
        } else {
            char[] withEnd = Arrays.copyOf(line, line.length + 1);
            withEnd[line.length] = '\n';
            Arrays.fill(line, '\0');
            typed = Secret.takeChars(withEnd);
        }
        position = 0;
    }

    /** The console has ended the line. */
    @Override
    public void showEcho(PrintStream output) {
        typed.close();
        typed = null;
    }
}
