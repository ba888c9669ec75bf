package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.MountSecret;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.keyfile.UnlockedKeyFile.NewMount;
import org.ecryptfsj.keymodule.KeyModuleException;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * A key file that is to be made.
 *
 * @param mount how its directory is mounted
 * @param label of the file
 * @param protectors at least one
 * @param qr whether recovery codes are also printed as QR codes
 */
record NewKeyFile(NewMount mount, String label, List<ProtectorRequest> protectors, boolean qr) {
    /** Adds the options that every new key file has to a grammar. */
    static CommandSpec addOptions(CommandSpec spec) {
        return ProtectorOptions.addTo(spec.addOption(
                Grammar.option(String.class, "TEXT", "Name for people, shown in questions and lists", "--label")));
    }

    /**
     * What the options ask for.
     *
     * @throws ToolFailure if one is wrong, or no protector is given
     */
    static NewKeyFile of(ParseResult given, NewMount mount) throws ToolFailure {
        return new NewKeyFile(
                mount, AddedProtectors.label(given), ProtectorOptions.of(given), given.hasMatchedOption("--qr"));
    }

    /**
     * Makes it, and prints what a person must know.
     *
     * @param secret the mount key; taken over, closed by the caller too if this fails early
     */
    void write(MountSecret secret, KeyFileSession session)
            throws ToolFailure, KeyFileException, ProtectorException, KeyModuleException, IOException {
        try (UnlockedKeyFile made = UnlockedKeyFile.create(secret, mount, label, Instant.now(), session.derivation());
                AddedProtectors added =
                        AddedProtectors.add(made, protectors, "", session.protectors(), session.prompter())) {
            KeyFile file = made.file();
            session.create(file);
            System.out.println("Key file " + session.path() + " made with " + added.names());
            System.out.println("Key of contents: " + file.mount().content());
            System.out.println("Key of names: "
                    + file.mount().names().map(names -> names.signature().hex()).orElse("none"));
            added.printCodes(qr, System.out, session::secretOutput);
            RecoveryWarning.print(session.path(), file.protectors());
        }
    }
}
