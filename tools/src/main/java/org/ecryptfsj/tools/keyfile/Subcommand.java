package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** A subcommand of {@code ecryptfs-key}. Its first argument is the key file. */
interface Subcommand {
    /** The exit code for wrong usage. */
    int USAGE = 2;

    /** Its name, arguments and options. */
    CommandSpec grammar();

    /**
     * Runs it.
     *
     * @param given the arguments
     * @param session the key file that the first argument names
     * @return the exit code
     */
    int run(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyFileException, ProtectorException, KeyModuleException, IOException;

    /** A grammar with the argument FILE. */
    static CommandSpec grammar(String name, String... description) {
        return Grammar.subcommand(name, description)
                .addPositional(Grammar.argument(
                        "0", true, "FILE", "Path of the key file, or its name: see " + KeyFilePath.RULE));
    }

    /**
     * The argument FILE.
     *
     * @throws ToolFailure if it is missing
     */
    static String file(ParseResult given) throws ToolFailure {
        String file = given.matchedPositionalValue(0, "");
        if (file.isEmpty()) {
            String name = given.commandSpec().qualifiedName();
            throw new ToolFailure(USAGE, name + " needs the path of a key file", "see " + name + " --help");
        }
        return file;
    }
}
