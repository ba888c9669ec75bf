package org.ecryptfsj.tools.keyfile;

import java.util.Optional;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.linux.LinuxException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.Terminal;

/** Takes one line of standard input as the answer to each question, for scripts. Prints nothing. */
public final class StandardInputPrompter implements Prompter {
    private final Terminal input;

    /** @param input standard input */
    public StandardInputPrompter(Terminal input) {
        this.input = input;
    }

    @Override
    public int attempts() {
        return 1;
    }

    @Override
    public Secret ask(Question question) throws ProtectorException {
        try {
            Optional<Secret> line = input.line();
            if (line.isPresent() && line.get().size() > 0) {
                return line.get();
            }
            line.ifPresent(Secret::close);
        } catch (LinuxException e) {
            throw noAnswer(question, "standard input cannot be read: " + e.getMessage(), e);
        }
        throw noAnswer(question, "there is no line on standard input", null);
    }

    private static ProtectorException noAnswer(Question question, String why, LinuxException cause) {
        return new ProtectorException(
                ProtectorException.Reason.NO_ANSWER,
                question.text() + ": " + why,
                "run the command on a terminal, or give the answer on a line of standard input",
                cause);
    }
}
