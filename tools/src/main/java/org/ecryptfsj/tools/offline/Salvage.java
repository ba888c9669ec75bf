package org.ecryptfsj.tools.offline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.lower.SalvagedFile;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * How damaged files are delivered.
 *
 * @param fill whether zeros are in the place of what is missing at the end
 */
record Salvage(boolean fill) {
    private static final String SALVAGE = "--salvage";
    private static final String FILL = "--fill";
    private static final int USAGE = 2;

    /** Adds the options to a grammar. */
    static CommandSpec addTo(CommandSpec spec) {
        return spec.addOption(Grammar.flag(
                        "Delivery of what is left of damaged files: the whole extents of 4096 bytes; zeros in the place of"
                                + " those that cannot be read",
                        SALVAGE))
                .addOption(
                        Grammar.flag("Zeros also in the place of what is missing at the end; needs " + SALVAGE, FILL));
    }

    /** Reads the options; empty if damaged files are not wanted. */
    static Optional<Salvage> of(ParseResult given) throws ToolFailure {
        boolean fill = given.hasMatchedOption(FILL);
        if (!given.hasMatchedOption(SALVAGE)) {
            if (fill) {
                throw new ToolFailure(USAGE, FILL + " needs " + SALVAGE, "give both");
            }
            return Optional.empty();
        }
        return Optional.of(new Salvage(fill));
    }

    /** What a file lacks, after its contents were read; empty if it lacks nothing. */
    static Optional<String> lacks(SalvagedFile file, long missingExtents) {
        List<String> damages = new ArrayList<>(file.damages());
        if (missingExtents > 0) {
            damages.add("zeros are in the place of " + missingExtents
                    + " extents of 4096 bytes that cannot be read or were never written");
        }
        return damages.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", damages));
    }
}
