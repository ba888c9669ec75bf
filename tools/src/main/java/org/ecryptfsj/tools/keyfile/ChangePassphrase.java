package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.Set;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.PassphraseProtector;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key passphrase}: another passphrase for the protector that the present one opens. */
final class ChangePassphrase implements Subcommand {
    @Override
    public CommandSpec grammar() {
        return Subcommand.grammar(
                "passphrase",
                "Asks for the passphrase of a key file and for a new one, and replaces the protector that the first one opens."
                        + " In a script, both are lines of standard input.");
    }

    @Override
    public int run(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyFileException, ProtectorException, IOException {
        Protector protector = session.protector(PassphraseProtector.TYPE)
                .orElseThrow(() -> new ToolFailure(
                        ToolFailure.EIO, "protectors of passphrases are not installed", "install the package again"));
        KeyFile before = session.read();
        try (Unlocked unlocked = session.unlock(before, Set.of(PassphraseProtector.TYPE));
                ParameterValues none = new ParameterValues();
                Protection protection = protector.protect(
                        unlocked.file().fileKey(), unlocked.file().context(), none, session.prompter())) {
            unlocked.file().replace(unlocked.protector().id(), protection.fields());
            session.replace(before, unlocked.file());
            System.out.println(
                    UnlockReport.name(unlocked.protector()) + " of " + session.path() + " has the new passphrase");
        }
        return 0;
    }
}
