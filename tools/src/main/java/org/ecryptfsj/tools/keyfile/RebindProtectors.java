package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.tools.command.ToolFailure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code ecryptfs-key rebind}: protectors that are bound to the state of the machine are bound to its present state. */
final class RebindProtectors implements Subcommand {
    @Override
    public CommandSpec grammar() {
        return Subcommand.grammar(
                        "rebind",
                        "Binds protectors to the present state of the machine, such as the PCRs of its TPM. The key file is"
                                + " unlocked by any protector that works.")
                .addPositional(ProtectorNumber.argument(
                        false, "Number of the protector (default: all that are bound to a state)"));
    }

    @Override
    public int run(ParseResult given, KeyFileSession session)
            throws ToolFailure, KeyFileException, ProtectorException, IOException {
        KeyFile before = session.read();
        List<ProtectorEntry> bound = bound(before, ProtectorNumber.of(given), session);
        List<ProtectorException> failures = new ArrayList<>();
        try (Unlocked unlocked = session.unlock(before)) {
            List<ProtectorEntry> rebound = new ArrayList<>();
            for (ProtectorEntry entry : bound) {
                Protector protector = session.protector(entry.type()).orElseThrow();
                ProtectorRebinding.rebind(unlocked.file(), entry, protector, session.prompter())
                        .ifPresentOrElse(failures::add, () -> rebound.add(entry));
            }
            if (!rebound.isEmpty()) {
                session.replace(before, unlocked.file());
            }
            rebound.forEach(entry -> System.out.println(ProtectorRebinding.boundLine(entry)));
        }
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
        return 0;
    }

    /**
     * The protectors that are to be bound anew.
     *
     * @return at least one
     * @throws ToolFailure if there is none, or the chosen one is bound to nothing that changes
     */
    private static List<ProtectorEntry> bound(KeyFile file, Optional<Integer> number, KeyFileSession session)
            throws ToolFailure {
        List<ProtectorEntry> bound = new ArrayList<>();
        for (ProtectorEntry entry : file.protectors()) {
            if (number.map(chosen -> chosen == entry.id()).orElse(true)
                    && ProtectorRebinding.isBound(entry, session.protector(entry.type()))) {
                bound.add(entry);
            }
        }
        if (bound.isEmpty()) {
            throw new ToolFailure(
                    ToolFailure.EINVAL,
                    number.map(chosen ->
                                    "there is no protector " + chosen + " that is bound to the state of the machine")
                            .orElse("no protector is bound to the state of the machine"),
                    "list the protectors with ecryptfs-key show");
        }
        return bound;
    }
}
