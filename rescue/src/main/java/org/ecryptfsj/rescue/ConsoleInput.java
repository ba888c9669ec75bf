package org.ecryptfsj.rescue;

import java.io.Console;
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

    /** The rest of a line that was typed without echo. */
    private Optional<Secret> typed = Optional.empty();

    private int position;
    private boolean hidden;

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
        if (!hidden) {
            return input.read(into);
        }
        if (typed.isEmpty()) {
            char[] line = console.orElseThrow().readPassword();
            if (line == null) {
                return 0;
            }
            char[] withEnd = Arrays.copyOf(line, line.length + 1);
            withEnd[line.length] = '\n';
            Arrays.fill(line, '\0');
            typed = Optional.of(Secret.takeChars(withEnd));
            position = 0;
        }
        into.put(typed.get().buffer().get(position));
        position++;
        if (position == typed.get().size()) {
            forget();
        }
        return 1;
    }

    @Override
    public void hideEcho() {
        StandardInput.prepareForSecret();
        hidden = true;
    }

    @Override
    public void showEcho() {
        hidden = false;
        forget();
    }

    private void forget() {
        typed.ifPresent(Secret::close);
        typed = Optional.empty();
    }
}
