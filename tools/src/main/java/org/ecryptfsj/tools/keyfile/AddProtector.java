package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.List;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.Grammar;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key add}: another protector for a key file. */
final class AddProtector implements Subcommand {
    @Override
    public CommandSpec grammar() {
        CommandSpec spec = Subcommand.grammar("add", "Adds a protector. One that works is needed for it.")
                .addOption(Grammar.option(String.class, "TEXT", "Name of the protector for people", "--label"));
        return ProtectorOptions.addTo(spec);
    }

    @Override
    public int run(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyFileException, ProtectorException, IOException {
        List<ProtectorRequest> requests = ProtectorOptions.of(given);
        String label = AddedProtectors.label(given);
        KeyFile before = session.read();
        try (Unlocked unlocked = session.unlock(before);
                AddedProtectors added = AddedProtectors.add(
                        unlocked.file(), requests, label, session.protectors(), session.prompter())) {
            session.replace(before, unlocked.file());
            System.out.println("Added " + added.names() + " to " + session.path());
            added.printCodes(given.hasMatchedOption("--qr"), System.out, session::secretOutput);
        }
        return 0;
    }
}
