package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jnr.constants.platform.Errno;
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
 * {@code ecryptfs-insert-wrapped-passphrase-into-keyring}: adds both keys of a wrapped passphrase to the user keyring,
 * the key for file names first (docs/spec/tools.md).
 */
public final class InsertWrappedPassphrase implements Command {
    private static final String NAME = "ecryptfs-insert-wrapped-passphrase-into-keyring";
    private static final String OPERATION = "Unwrapping passphrase and inserting into the user session keyring";

    private final PassphraseDialogue dialogue;

    /** The command at standard input and output. */
    public InsertWrappedPassphrase() {
        this(PassphraseDialogue.standard());
    }

    InsertWrappedPassphrase(PassphraseDialogue dialogue) {
        this.dialogue = dialogue;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Asks for the wrapping passphrase, unwraps the passphrase in a file and adds both of its keys"
                        + " to your keyring: the key for file contents and the key for file names.");
        return UnwrapArguments.describe(
                        spec, NAME, "0 the keys are in the keyring, added now or before; 1" + " they are not.")
                .addOption(Grammar.flag("JSON output of the signatures", "--json"));
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<PositionalArguments> positionals = PositionalArguments.of(grammar(), arguments, Set.of("--json"));
        if (positionals.isEmpty()) {
            return 0;
        }
        try (UnwrapArguments opened = UnwrapArguments.read(NAME, dialogue, positionals.get());
                KeyModules modules = InstalledKeyModules.discover()) {
            return insert(
                    opened, new PassphraseTokens(modules), positionals.get().has("--json"));
        }
    }

    /** The C tool reports every failure to open the file as an input/output error. */
    private int insert(UnwrapArguments opened, PassphraseTokens tokens, boolean json) throws IOException {
        try (Secret passphrase = opened.unwrap(new PassphraseWrapper(tokens, dialogue.home()))) {
            opened.file().exposure().ifPresent(text -> dialogue.warn(NAME, text));
            return insert(passphrase, new MountKeys(tokens, dialogue.home()), json);
        } catch (PassphraseFailure e) {
            return e.report(OPERATION, Errno.EIO);
        }
    }

    private static int insert(Secret passphrase, MountKeys keys, boolean json) throws IOException {
        try {
            Signature fnek = keys.addFnek(passphrase);
            Signature fekek = keys.addFekek(passphrase);
            if (json) {
                Map<String, Object> tree = new LinkedHashMap<>();
                tree.put("sig", fekek.hex());
                tree.put("fnek_sig", fnek.hex());
                JsonOutput.print(tree);
            } else {
                System.out.println(MountKeys.inserted(fekek));
            }
            return 0;
        } catch (PassphraseFailure e) {
            return e.report(OPERATION);
        }
    }
}
