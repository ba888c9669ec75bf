package org.ecryptfsj.protector;

import org.ecryptfsj.keymodule.Secret;

/**
 * Asks a person for a secret: on a terminal, through systemd-ask-password, by a line of standard input. The program that uses
 * protectors decides which; a protector never reads a terminal or standard input itself.
 */
public interface Prompter {
    /**
     * A question.
     *
     * @param text what is asked for, without a colon at the end, such as {@code Passphrase for /srv/secret}
     * @param confirmed whether a person types the answer twice, as for a new passphrase; a line of standard input is read once
     */
    record Question(String text, boolean confirmed) {}

    /**
     * How often it makes sense to ask the same question when the answer is wrong: 3 where a person can type again, 1 where
     * there is one answer only, 0 if nobody can be asked.
     */
    int attempts();

    /**
     * Asks. May block as long as the person needs.
     *
     * @return the answer without its line end, not empty, closed by the caller
     * @throws ProtectorException NO_ANSWER if nobody can be asked, the answer is empty or the two answers differ; TIMED_OUT
     */
    Secret ask(Question question) throws ProtectorException;

    /** Asks nobody. */
    static Prompter nobody() {
        return new Prompter() {
            @Override
            public int attempts() {
                return 0;
            }

            @Override
            public Secret ask(Question question) throws ProtectorException {
                throw new ProtectorException(
                        ProtectorException.Reason.NO_ANSWER,
                        question.text() + " is needed, and nobody can be asked",
                        "run the command on a terminal, or give the answer on standard input");
            }
        };
    }
}
