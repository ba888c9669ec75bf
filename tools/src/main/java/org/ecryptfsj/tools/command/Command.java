package org.ecryptfsj.tools.command;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** One command of the set. */
public interface Command {
    /**
     * Its name, options, arguments and description: the one source of its help text, man page and completion, and for most
     * commands of their parser too.
     */
    CommandSpec grammar();

    /**
     * Does its work.
     *
     * @param arguments without the command's name
     * @return the exit code
     * @throws ToolFailure if it cannot: reported by the launcher
     * @throws java.io.IOException if a file, the terminal or the kernel fails in a way the command has no better words for
     */
    int run(List<String> arguments) throws ToolFailure, java.io.IOException;
}
