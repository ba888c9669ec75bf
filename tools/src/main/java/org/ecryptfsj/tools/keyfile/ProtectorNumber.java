package org.ecryptfsj.tools.keyfile;

import java.util.Optional;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The argument ID: the number of a protector. */
final class ProtectorNumber {
    private ProtectorNumber() {}

    static PositionalParamSpec argument(boolean required, String description) {
        return PositionalParamSpec.builder()
                .index("1")
                .arity(required ? "1" : "0..1")
                .type(Integer.class)
                .paramLabel("ID")
                .description(description)
                .build();
    }

    static Optional<Integer> of(ParseResult given) {
        return Optional.ofNullable(given.matchedPositionalValue(1, (Integer) null));
    }

    /** @throws ToolFailure if it is missing */
    static int required(ParseResult given) throws ToolFailure {
        return of(given)
                .orElseThrow(() -> new ToolFailure(
                        Subcommand.USAGE,
                        "the number of a protector is needed",
                        "list the protectors with ecryptfs-key show"));
    }
}
