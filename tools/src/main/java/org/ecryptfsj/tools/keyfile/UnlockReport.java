package org.ecryptfsj.tools.keyfile;

import java.io.PrintStream;
import java.util.function.Consumer;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.UnlockFailure;

/** Prints one line for each protector that does not unlock its key file. */
public final class UnlockReport implements Consumer<UnlockFailure> {
    private final PrintStream output;

    /** @param output standard error */
    public UnlockReport(PrintStream output) {
        this.output = output;
    }

    @Override
    public void accept(UnlockFailure failure) {
        output.println(PrintableText.of(
                name(failure.protector()) + ": " + sentence(failure.message()) + whatToDo(failure.advice())));
    }

    /** A protector's number, type and label. */
    static String name(ProtectorEntry protector) {
        String label = protector.label().isEmpty() ? "" : ", \"" + protector.label() + "\"";
        return "protector " + protector.id() + " (" + protector.type() + label + ")";
    }

    /** Advice after a sentence, or nothing. */
    static String whatToDo(String advice) {
        return advice.isEmpty() ? "" : " What to do: " + advice;
    }

    /** Text with a full stop. */
    static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }
}
