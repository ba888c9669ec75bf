package org.ecryptfsj.tools.keyfile;

import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.Prompter.Question;
import org.ecryptfsj.protector.ProtectorException;

/** Asks a person a question, twice if its answer is to be confirmed, and again as long as the two answers differ. */
final class ConfirmedAnswer {
    /** How often a person is asked the same question. */
    static final int ATTEMPTS = 3;

    private ConfirmedAnswer() {}

    /** Asks once. */
    @FunctionalInterface
    interface Asking {
        /**
         * @param text what is asked for, without a colon
         * @return closed by the caller
         * @throws ProtectorException NO_ANSWER, TIMED_OUT
         */
        Secret ask(String text) throws ProtectorException;
    }

    /**
     * The answer to a question.
     *
     * @return closed by the caller
     * @throws ProtectorException NO_ANSWER if the two answers differ each time, and as the asking does
     */
    static Secret of(Question question, Asking asking) throws ProtectorException {
        if (!question.confirmed()) {
            return asking.ask(question.text());
        }
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Secret first = asking.ask(attempt == 0 ? question.text() : "The answers differ. " + question.text());
            boolean same = false;
            try (Secret second = asking.ask(question.text() + ", again")) {
                same = first.sameBytesAs(second);
            } finally {
                if (!same) {
                    first.close();
                }
            }
            if (same) {
                return first;
            }
        }
        throw new ProtectorException(
                ProtectorException.Reason.NO_ANSWER,
                question.text() + ": the two answers differ",
                "type the same text twice");
    }

    /** An empty answer, or none. */
    static ProtectorException none(String text) {
        return new ProtectorException(
                ProtectorException.Reason.NO_ANSWER, text + ": there is no answer", "type it, and press Enter");
    }
}
