package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code ecryptfs-wrap-passphrase}: writes a passphrase to a file, encrypted with a wrapping passphrase
 * (docs/spec/tools.md, section 3).
 */
public final class WrapPassphrase implements Command {
    private static final String NAME = "ecryptfs-wrap-passphrase";
    private static final String USAGE = NAME + " FILE [-]; see " + NAME + " --help";
    private static final String OPERATION = "Wrapping passphrase";

    private final PassphraseDialogue dialogue;

    /** The command at standard input and output. */
    public WrapPassphrase() {
        this(PassphraseDialogue.standard());
    }

    WrapPassphrase(PassphraseDialogue dialogue) {
        this.dialogue = dialogue;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Asks for a passphrase and a wrapping passphrase and writes the passphrase to a file,"
                        + " encrypted with the wrapping passphrase. An existing file is replaced.");
        spec.usageMessage()
                .footer(
                        "",
                        "In a script: printf \"%%s\\n%%s\" PASSPHRASE WRAPPING | " + NAME + " FILE -",
                        "A passphrase has 1 to 64 bytes. Passphrases as arguments after FILE are visible to"
                                + " other users: use standard input. Exit codes: 0 written; 1 failed.");
        return spec.addOption(Grammar.flag("JSON output of the file name", "--json"))
                .addPositional(Grammar.argument("0", true, "FILE", "Path of the file to write"))
                .addPositional(
                        Grammar.argument("1", false, "-", "Standard input, for both passphrases, one on each line"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<PositionalArguments> given = PositionalArguments.of(grammar(), arguments, Set.of("--json"));
        if (given.isEmpty()) {
            return 0;
        }
        PositionalArguments positionals = given.get();
        boolean piped = positionals.count() == 2 && positionals.isDash(1);
        if (piped) {
            try (Secret passphrase = dialogue.line("passphrase to wrap");
                    Secret wrapping = dialogue.line("wrapping passphrase")) {
                return wrap(positionals, passphrase, wrapping);
            }
        }
        if (positionals.count() == 1) {
            try (Secret passphrase = dialogue.ask("Passphrase to wrap: ", "passphrase to wrap");
                    Secret wrapping = dialogue.ask("Wrapping passphrase: ", "wrapping passphrase")) {
                return wrap(positionals, passphrase, wrapping);
            }
        }
        if (positionals.count() != 3) {
            throw PositionalArguments.usageError(USAGE);
        }
        List<Secret> passphrases =
                ArgvPassphrases.take(NAME, dialogue, positionals.positionals().subList(1, 3));
        try (Secret passphrase = passphrases.get(0);
                Secret wrapping = passphrases.get(1)) {
            return wrap(positionals, passphrase, wrapping);
        }
    }

    private int wrap(PositionalArguments positionals, Secret passphrase, Secret wrapping)
            throws ToolFailure, IOException {
        WrappedPassphraseFile file = PassphraseDialogue.file(positionals.get(0));
        try (KeyModules modules = InstalledKeyModules.discover()) {
            file.write(
                    new PassphraseWrapper(new PassphraseTokens(modules), dialogue.home()).wrap(passphrase, wrapping));
        } catch (PassphraseFailure e) {
            return e.report(OPERATION);
        }
        if (positionals.has("--json")) {
            JsonOutput.print(Map.of("file", file.name()));
        }
        return 0;
    }
}
