package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A wrapped-passphrase file and the passphrase it is to be opened with, as two commands take them: the file (or the usual one),
 * then nothing to ask, a dash to read, or the passphrase itself.
 *
 * @param file where the passphrase is kept
 * @param wrapping owned by this
 */
record OpenedFile(WrappedPassphraseFile file, Secret wrapping) implements AutoCloseable {
    private static final String PROMPT = "Passphrase: ";
    private static final String WHAT = "wrapping passphrase";

    /** The arguments in a command's grammar. */
    static CommandSpec describe(CommandSpec spec, String name, String exitCodes) {
        spec.usageMessage()
                .footer(
                        "",
                        "In a script: printf \"%%s\" WRAPPING | " + name + " FILE -",
                        "The wrapping passphrase can be given as the argument behind FILE, where others can see it: do not."
                                + " Exit codes: " + exitCodes);
        return spec.addPositional(Grammar.argument(
                        "0", false, "FILE", "The file; without it ~/.ecryptfs/wrapped-passphrase is opened"))
                .addPositional(Grammar.argument("1", false, "-", "Read the wrapping passphrase from standard input"));
    }

    /**
     * Takes the arguments and gets the passphrase.
     *
     * @return closed by the caller
     * @throws ToolFailure if the arguments do not fit or there is no passphrase
     */
    static OpenedFile by(String command, PassphraseDialogue dialogue, Words words) throws ToolFailure, IOException {
        WrappedPassphraseFile file = words.count() == 0
                ? WrappedPassphraseFile.usual(dialogue.home())
                : PassphraseDialogue.file(words.word(0));
        return new OpenedFile(
                file,
                switch (words.count()) {
                    case 0, 1 -> dialogue.ask(PROMPT, WHAT);
                    case 2 ->
                        words.isStandardInput(1)
                                ? dialogue.line(WHAT)
                                : ToldPassphrases.take(
                                                command, dialogue, words.words().subList(1, 2))
                                        .get(0);
                    default -> throw Words.misfit(command + " [FILE [-]]; see " + command + " --help");
                });
    }

    /**
     * The passphrase in the file.
     *
     * @return closed by the caller
     * @throws PassphraseFailure if the file is none, or the wrapping passphrase is not its own
     */
    Secret unwrap(Wrapping with) throws PassphraseFailure {
        return with.unwrap(file.read(), wrapping, file.name());
    }

    @Override
    public void close() {
        wrapping.close();
    }
}
