package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.util.List;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The arguments of the two commands that unwrap a passphrase: the file (or the default file), then nothing (the
 * command asks), a dash (standard input), or the wrapping passphrase.
 *
 * @param file the file with the wrapped passphrase
 * @param wrapping the wrapping passphrase; closed with this object
 */
record UnwrapArguments(WrappedPassphraseFile file, Secret wrapping) implements AutoCloseable {
    private static final String PROMPT = "Passphrase: ";
    private static final String PASSPHRASE_NAME = "wrapping passphrase";

    /** Adds the arguments to a command's grammar. */
    static CommandSpec describe(CommandSpec spec, String name, String exitCodes) {
        spec.usageMessage()
                .footer(
                        "",
                        "In a script: printf \"%%s\" WRAPPING | " + name + " FILE -",
                        "A wrapping passphrase as the argument after FILE is visible to other users: use"
                                + " standard input. Exit codes: " + exitCodes);
        return spec.addPositional(Grammar.argument(
                        "0", false, "FILE", "Path of the file (default: ~/.ecryptfs/wrapped-passphrase)"))
                .addPositional(Grammar.argument("1", false, "-", "Standard input, for the wrapping passphrase"));
    }

    /** Reads the arguments and the wrapping passphrase.
     *
     * @return to be closed by the caller
     * @throws ToolFailure if the arguments are wrong or there is no passphrase
     */
    static UnwrapArguments read(String command, PassphraseDialogue dialogue, PositionalArguments positionals)
            throws ToolFailure, IOException {
        WrappedPassphraseFile file = positionals.count() == 0
                ? WrappedPassphraseFile.defaultFile(dialogue.home(), dialogue.platform())
                : PassphraseDialogue.file(positionals.get(0), dialogue.platform());
        return new UnwrapArguments(
                file,
                switch (positionals.count()) {
                    case 0, 1 -> dialogue.ask(PROMPT, PASSPHRASE_NAME);
                    case 2 ->
                        positionals.isDash(1)
                                ? dialogue.line(PASSPHRASE_NAME)
                                : ArgvPassphrases.take(
                                                command,
                                                dialogue,
                                                positionals.positionals().subList(1, 2))
                                        .get(0);
                    default ->
                        throw PositionalArguments.usageError(command + " [FILE [-]]; see " + command + " --help");
                });
    }

    /** Unwraps the passphrase in a file that contains one.
     *
     * @return to be closed by the caller
     * @throws PassphraseFailure if the file is not a wrapped passphrase or contains two, or the wrapping passphrase is
     * wrong
     */
    Secret unwrap(PassphraseWrapper wrapper) throws PassphraseFailure {
        return wrapper.unwrap(file.read(), wrapping, file.name());
    }

    /** Unwraps the passphrases in a file with one or two.
     *
     * @return one, or that for contents and that for file names; each to be closed by the caller
     * @throws PassphraseFailure if the file is not a wrapped passphrase, or the wrapping passphrase is wrong
     */
    List<Secret> unwrapAll(PassphraseWrapper wrapper) throws PassphraseFailure {
        return wrapper.unwrapAll(file.readAll(), wrapping, file.name());
    }

    @Override
    public void close() {
        wrapping.close();
    }
}
