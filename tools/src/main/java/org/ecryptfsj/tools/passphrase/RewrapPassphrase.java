package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.util.LinkedHashMap;
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
 * {@code ecryptfs-rewrap-passphrase}: changes the wrapping passphrase of a file and converts the file to the newest
 * version (docs/spec/tools.md, section 5).
 */
public final class RewrapPassphrase implements Command {
    private static final String NAME = "ecryptfs-rewrap-passphrase";
    private static final String USAGE = NAME + " FILE [-]; see " + NAME + " --help";
    private static final String UNWRAPPING = "Unwrapping passphrase";
    private static final String WRAPPING = "Wrapping passphrase";
    private static final int FAILED = 1;

    private final PassphraseDialogue dialogue;

    /** The command at standard input and output. */
    public RewrapPassphrase() {
        this(PassphraseDialogue.standard());
    }

    RewrapPassphrase(PassphraseDialogue dialogue) {
        this.dialogue = dialogue;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Asks for the current and for a new wrapping passphrase of a file and rewraps the passphrase"
                        + " in the file. A file of version 1 is converted to version 2.");
        spec.usageMessage()
                .footer(
                        "",
                        "In a script: printf \"%%s\\n%%s\" OLD NEW | " + NAME + " FILE -",
                        "Passphrases as arguments after FILE are visible to other users: use standard input."
                                + " Exit codes: 0 done; 1 failed, nothing was changed.");
        return spec.addOption(Grammar.flag("JSON output of the versions", "--json"))
                .addPositional(Grammar.argument("0", true, "FILE", "Path of the file"))
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
        if (positionals.count() == 1) {
            try (Secret before = dialogue.ask("Old wrapping passphrase: ", "old wrapping passphrase");
                    Secret after = dialogue.ask("New wrapping passphrase: ", "new wrapping passphrase");
                    Secret again =
                            dialogue.ask("New wrapping passphrase (again): ", "new wrapping passphrase confirmation")) {
                if (!after.sameBytesAs(again)) {
                    throw new ToolFailure(
                            FAILED,
                            "New wrapping passphrases do not match",
                            "type the new passphrase twice; nothing was changed");
                }
                return rewrap(positionals, before, after);
            }
        }
        if (positionals.count() == 2 && positionals.isDash(1)) {
            try (Secret before = dialogue.line("old wrapping passphrase");
                    Secret after = dialogue.line("new wrapping passphrase")) {
                return rewrap(positionals, before, after);
            }
        }
        if (positionals.count() != 3) {
            throw PositionalArguments.usageError(USAGE);
        }
        List<Secret> passphrases =
                ArgvPassphrases.take(NAME, dialogue, positionals.positionals().subList(1, 3));
        try (Secret before = passphrases.get(0);
                Secret after = passphrases.get(1)) {
            return rewrap(positionals, before, after);
        }
    }

    private int rewrap(PositionalArguments positionals, Secret before, Secret after) throws ToolFailure, IOException {
        WrappedPassphraseFile file = PassphraseDialogue.file(positionals.get(0));
        try (KeyModules modules = InstalledKeyModules.discover()) {
            PassphraseWrapper wrapping = new PassphraseWrapper(new PassphraseTokens(modules), dialogue.home());
            String operation = UNWRAPPING;
            try {
                WrappedPassphrase wrapped = file.read();
                try (Secret passphrase = wrapping.unwrap(wrapped, before, file.name())) {
                    operation = WRAPPING;
                    file.write(wrapping.wrap(passphrase, after));
                }
                if (positionals.has("--json")) {
                    JsonOutput.print(done(file, wrapped));
                }
                return 0;
            } catch (PassphraseFailure e) {
                return e.report(operation);
            }
        }
    }

    private static Map<String, Object> done(WrappedPassphraseFile file, WrappedPassphrase before) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("file", file.name());
        tree.put("version_before", before.version());
        tree.put("version", WrappedPassphraseV2.VERSION);
        return tree;
    }
}
