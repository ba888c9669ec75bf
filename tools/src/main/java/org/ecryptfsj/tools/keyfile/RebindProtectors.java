package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.UnlockFailure;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.keyfile.Unlocker.Unlocked;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Protection;
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
                rebind(unlocked.file(), entry, session).ifPresentOrElse(failures::add, () -> rebound.add(entry));
            }
            if (!rebound.isEmpty()) {
                session.replace(before, unlocked.file());
            }
            rebound.forEach(entry ->
                    System.out.println(UnlockReport.name(entry) + " is bound to the present state of the machine"));
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
            if (number.map(chosen -> chosen == entry.id()).orElse(true) && isBound(entry, session)) {
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

    private static boolean isBound(ProtectorEntry entry, KeyFileSession session) {
        Optional<Protector> protector = session.protector(entry.type());
        if (protector.isEmpty()) {
            return false;
        }
        try {
            Optional<ParameterValues> values = protector.get().rebindingValues(entry.fields());
            values.ifPresent(ParameterValues::close);
            return values.isPresent();
        } catch (MalformedFieldException e) {
            report(entry, ProtectorException.malformed(e));
            return false;
        }
    }

    /** @return why it failed, as was reported; empty if it is bound */
    private static Optional<ProtectorException> rebind(
            UnlockedKeyFile file, ProtectorEntry entry, KeyFileSession session) throws KeyFileException {
        Protector protector = session.protector(entry.type()).orElseThrow();
        try (ParameterValues values = protector.rebindingValues(entry.fields()).orElseThrow();
                Protection protection = protector.protect(file.fileKey(), file.context(), values, session.prompter())) {
            file.replace(entry.id(), protection.fields());
            return Optional.empty();
        } catch (ProtectorException e) {
            report(entry, e);
            return Optional.of(e);
        } catch (MalformedFieldException e) {
            ProtectorException failure = ProtectorException.malformed(e);
            report(entry, failure);
            return Optional.of(failure);
        }
    }

    private static void report(ProtectorEntry entry, ProtectorException e) {
        new UnlockReport(System.err).accept(new UnlockFailure(entry, e.reason(), e.getMessage(), e.advice()));
    }
}
