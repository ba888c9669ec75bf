package org.ecryptfsj.tools.keyfile;

import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.Terminal;

/** Asks at a terminal, without echo. */
public final class TerminalPrompter implements Prompter {
    private final Terminal terminal;

    /** Asks at this terminal. */
    public TerminalPrompter(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public int attempts() {
        return ConfirmedAnswer.ATTEMPTS;
    }

    @Override
    public Secret ask(Question question) throws ProtectorException {
        return ConfirmedAnswer.of(question, this::askOnce);
    }

    private Secret askOnce(String text) throws ProtectorException {
        try {
            Optional<Secret> answer = terminal.askHidden(text + ": ");
            if (answer.isPresent() && answer.get().size() > 0) {
                return answer.get();
            }
            answer.ifPresent(Secret::close);
        } catch (LinuxException e) {
            throw new ProtectorException(
                    ProtectorException.Reason.NO_ANSWER,
                    text + ": the terminal cannot be read: " + e.getMessage(),
                    "run the command at another terminal",
                    e);
        }
        throw ConfirmedAnswer.none(text);
    }
}
