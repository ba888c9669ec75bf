package org.ecryptfsj.tools.offline;

import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The option for the number of threads that decrypt contents. */
final class ThreadOption {
    private static final String THREADS = "--threads";
    private static final int USAGE = 2;

    private ThreadOption() {}

    /** Adds the option to a grammar. */
    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(Grammar.option(
                Integer.class,
                "N",
                "Number of threads that decrypt files and parts of large files side by side, 1 to "
                        + OrderedTasks.MAX_THREADS + " (default: the number of processors)",
                THREADS));
    }

    /** Reads the option. */
    static int of(ParseResult given) throws ToolFailure {
        int threads = Grammar.number(given, THREADS)
                .orElseGet(() ->
                        Math.min(OrderedTasks.MAX_THREADS, Runtime.getRuntime().availableProcessors()));
        if (threads < 1 || threads > OrderedTasks.MAX_THREADS) {
            throw new ToolFailure(
                    USAGE, THREADS + " is " + threads, "give a number from 1 to " + OrderedTasks.MAX_THREADS);
        }
        return threads;
    }
}
