package org.ecryptfsj.tools;

import java.util.List;

/** One command of the set. */
@FunctionalInterface
interface Command {
    /**
     * Does its work.
     *
     * @param arguments without the command's name
     * @return the exit code
     */
    int run(List<String> arguments);
}
