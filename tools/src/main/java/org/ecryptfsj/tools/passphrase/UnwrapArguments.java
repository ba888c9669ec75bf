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
record UnwrapArguments(WrappedPassphraseFile file, Secret wrapping) implements AutoCloseable {
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
    static UnwrapArguments by(String command, PassphraseDialogue dialogue, PositionalArguments positionals) throws ToolFailure, IOException {
        WrappedPassphraseFile file = positionals.count() == 0
                ? WrappedPassphraseFile.defaultFile(dialogue.home())
                : PassphraseDialogue.file(positionals.get(0));
        return new UnwrapArguments(
                file,
                switch (positionals.count()) {
                    case 0, 1 -> dialogue.ask(PROMPT, WHAT);
                    case 2 ->
                        positionals.isDash(1)
                                ? dialogue.line(WHAT)
                                : ArgvPassphrases.take(
                                                command, dialogue, positionals.positionals().subList(1, 2))
                                        .get(0);
                    default -> throw PositionalArguments.usageError(command + " [FILE [-]]; see " + command + " --help");
                });
    }

    /**
     * The passphrase in the file.
     *
     * @return closed by the caller
     * @throws PassphraseFailure if the file is none, or the wrapping passphrase is not its own
     */
    Secret unwrap(PassphraseWrapper with) throws PassphraseFailure {
        return with.unwrap(file.read(), wrapping, file.name());
    }

    @Override
    public void close() {
        wrapping.close();
    }
}
