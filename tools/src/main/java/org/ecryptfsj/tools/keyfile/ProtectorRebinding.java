package org.ecryptfsj.tools.keyfile;

import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.UnlockFailure;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.keymodule.ParameterValues;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protection;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.Protector.Interaction;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.Protectors;

/** Binds protectors of an unlocked key file to the present state of the machine. */
final class ProtectorRebinding {
    private ProtectorRebinding() {}

    /** Whether a protector is bound to a state that changes. Malformed fields are reported on standard error. */
    static boolean isBound(ProtectorEntry entry, Optional<Protector> protector) {
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

    /**
     * Binds one that {@link #isBound}.
     *
     * @param prompter asks for what a protector needs, such as a new PIN
     * @return why it failed, as was reported on standard error; empty if it is bound
     */
    static Optional<ProtectorException> rebind(
            UnlockedKeyFile file, ProtectorEntry entry, Protector protector, Prompter prompter)
            throws KeyFileException {
        try (ParameterValues values = protector.rebindingValues(entry.fields()).orElseThrow();
                Protection protection = protector.protect(file.fileKey(), file.context(), values, prompter)) {
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

    /** The line that says that a protector was bound. */
    static String boundLine(ProtectorEntry entry) {
        return UnlockReport.name(entry) + " is bound to the present state of the machine";
    }

    /** The protectors that are bound to the state of the machine, and can be bound anew without a person. */
    static List<ProtectorEntry> withoutPerson(KeyFile file, Protectors installed) {
        return file.protectors().stream()
                .filter(entry -> isBound(entry, installed.byType(entry.type())))
                .filter(entry -> needsNoPerson(entry, installed))
                .toList();
    }

    private static boolean needsNoPerson(ProtectorEntry entry, Protectors installed) {
        try {
            return installed.byType(entry.type()).orElseThrow().interaction(entry.fields()) == Interaction.NONE;
        } catch (MalformedFieldException e) {
            return false;
        }
    }

    private static void report(ProtectorEntry entry, ProtectorException e) {
        new UnlockReport(System.err).accept(new UnlockFailure(entry, e.reason(), e.getMessage(), e.advice()));
    }
}
