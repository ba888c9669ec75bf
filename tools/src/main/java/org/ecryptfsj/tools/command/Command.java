package org.ecryptfsj.tools.command;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** A command line tool. */
public interface Command {
    /**
     * Its name, options, arguments and description. The help text, the man page, the completion and, for most
     * commands, the parser are generated from it.
     */
    CommandSpec grammar();

    /** Runs the command.
     *
     * @param arguments without the command's name
     * @return the exit code
     * @throws ToolFailure if the command fails; the launcher reports it
     * @throws java.io.IOException if a file, the terminal or the kernel fails and the command has no more specific
     * message
     */
    int run(List<String> arguments) throws ToolFailure, java.io.IOException;
}
