package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.kernel.EcryptfsVersion;
import org.ecryptfsj.kernel.EcryptfsVersion.Feature;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.keymodule.Signature;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.InstalledKeyModules;
import org.ecryptfsj.tools.command.JsonOutput;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code ecryptfs-add-passphrase}: adds the key of a passphrase to the user keyring, with {@code --fnek} also the key
 * for file names (docs/spec/tools.md, section 2).
 */
public final class AddPassphrase implements Command {
    private static final String NAME = "ecryptfs-add-passphrase";
    private static final String USAGE = NAME + " [--fnek] [-]; see " + NAME + " --help";
    private static final String OPERATION = "Inserting key into the user session keyring";

    private final PassphraseDialogue dialogue;

    /** The command at standard input and output. */
    public AddPassphrase() {
        this(PassphraseDialogue.standard());
    }

    AddPassphrase(PassphraseDialogue dialogue) {
        this.dialogue = dialogue;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Asks for a passphrase and adds its key to your keyring, for mounts that name the signature"
                        + " of the key.");
        spec.usageMessage()
                .footer(
                        "",
                        "In a script: printf \"%%s\" PASSPHRASE | " + NAME + " -",
                        "The salt is that of ~/.ecryptfsrc (salt=16 hex digits), otherwise the default salt."
                                + " A passphrase has 1 to 64 bytes. Exit codes: 0 the key is in the keyring,"
                                + " added now or before; 1 it is not.");
        return spec.addOption(Grammar.flag("Key for file names is added, too", "--fnek"))
                .addOption(Grammar.flag("JSON output of the signatures", "--json"))
                .addPositional(Grammar.argument("0", false, "-", "Standard input, for the passphrase"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<PositionalArguments> given = PositionalArguments.of(grammar(), arguments, Set.of("--fnek", "--json"));
        if (given.isEmpty()) {
            return 0;
        }
        PositionalArguments positionals = given.get();
        boolean piped = positionals.isDash(0);
        if (positionals.count() != (piped ? 1 : 0)) {
            throw PositionalArguments.usageError(USAGE);
        }
        try (Secret passphrase = piped ? dialogue.line("passphrase") : dialogue.ask("Passphrase: ", "passphrase")) {
            return add(passphrase, positionals.has("--fnek"), positionals.has("--json"));
        }
    }

    private int add(Secret passphrase, boolean fnek, boolean json) throws ToolFailure, IOException {
        if (fnek
                && !EcryptfsVersion.current()
                        .map(v -> v.has(Feature.FILENAME_ENCRYPTION))
                        .orElse(false)) {
            System.err.println("Error: Your kernel does not support filename encryption");
            System.err.println("  What to do: modprobe ecryptfs, or leave out --fnek");
            return 1;
        }
        try (KeyModules modules = InstalledKeyModules.discover()) {
            MountKeys keys = new MountKeys(new PassphraseTokens(modules), dialogue.home());
            Signature fekek = keys.addFekek(passphrase);
            if (!json) {
                System.out.println(MountKeys.inserted(fekek));
            }
            Optional<Signature> names = Optional.empty();
            if (fnek) {
                names = Optional.of(keys.addFnek(passphrase));
                if (!json) {
                    System.out.println(MountKeys.inserted(names.get()));
                }
            }
            if (json) {
                JsonOutput.print(signatures(fekek, names));
            }
            return 0;
        } catch (PassphraseFailure e) {
            return e.report(OPERATION);
        }
    }

    private static Map<String, Object> signatures(Signature fekek, Optional<Signature> fnek) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("sig", fekek.hex());
        fnek.ifPresent(signature -> tree.put("fnek_sig", signature.hex()));
        return tree;
    }
}
