package org.ecryptfsj.tools.passphrase;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ecryptfsj.keymodule.KeyModules;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.tools.command.Command;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import org.ecryptfsj.tools.keys.PassphraseTokens;
import org.ecryptfsj.tools.platform.LinuxPlatform;
import org.ecryptfsj.tools.platform.Platform;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code ecryptfs-unwrap-passphrase}: prints the passphrase in a file (docs/spec/tools.md, section 4).
 */
public final class UnwrapPassphrase implements Command {
    private static final String NAME = "ecryptfs-unwrap-passphrase";
    private static final String OPERATION = "Unwrapping passphrase";

    private final PassphraseDialogue dialogue;

    /** The command at standard input and output. */
    public UnwrapPassphrase() {
        this(LinuxPlatform.INSTANCE);
    }

    /** The command at standard input and output of a platform. */
    public UnwrapPassphrase(Platform platform) {
        this(PassphraseDialogue.of(platform));
    }

    UnwrapPassphrase(PassphraseDialogue dialogue) {
        this.dialogue = dialogue;
    }

    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Grammar.of(
                NAME,
                "Asks for the wrapping passphrase and prints the passphrase in a file, unchanged.",
                "",
                "A file can contain two, the first for contents and the second for file names: both are printed, each on a line.");
        return UnwrapArguments.describe(spec, NAME, "0 printed; 1 failed.");
    }

    @Override
    public int run(List<String> arguments) throws ToolFailure, IOException {
        Optional<PositionalArguments> positionals = PositionalArguments.of(grammar(), arguments, Set.of());
        if (positionals.isEmpty()) {
            return 0;
        }
        try (UnwrapArguments opened = UnwrapArguments.read(NAME, dialogue, positionals.get());
                KeyModules modules = dialogue.platform().keyModules()) {
            return show(
                    opened, new PassphraseWrapper(new PassphraseTokens(modules), dialogue.home(), dialogue.platform()));
        }
    }

    private int show(UnwrapArguments opened, PassphraseWrapper wrapping) throws IOException {
        List<Secret> passphrases;
        try {
            passphrases = opened.unwrapAll(wrapping);
        } catch (PassphraseFailure e) {
            return e.report(OPERATION);
        }
        try {
            opened.file().exposure().ifPresent(text -> dialogue.warn(NAME, text));
            for (Secret passphrase : passphrases) {
                dialogue.show(passphrase);
            }
            return 0;
        } finally {
            passphrases.forEach(Secret::close);
        }
    }
}
