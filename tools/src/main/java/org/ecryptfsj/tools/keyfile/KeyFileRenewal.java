package org.ecryptfsj.tools.keyfile;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.KeyFileStore;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.UnlockedKeyFile;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.Protector.Lifetime;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.Protectors;
import org.ecryptfsj.tools.command.ToolFailure;

/**
 * The end of temporary protectors, once their key file is mounted: those whose time has begun are removed, and if they ask for it the
 * others are bound to the present state of the machine. If that fails the mount stays, and a warning says what to do.
 */
public final class KeyFileRenewal implements AutoCloseable {
    private final Path path;
    private final KeyFile before;
    private final UnlockedKeyFile file;

    /** @param file owned by this */
    KeyFileRenewal(Path path, KeyFile before, UnlockedKeyFile file) {
        this.path = path;
        this.before = before;
        this.file = file;
    }

    /**
     * Changes the key file.
     *
     * @param installed the protectors of this machine; stay the caller's
     * @param output receives a line for each protector that was changed
     * @param warnings receives what failed
     */
    public void apply(Protectors installed, PrintStream output, PrintStream warnings) {
        List<ProtectorEntry> over = new ArrayList<>();
        try {
            over.addAll(begun(installed));
            if (over.isEmpty()) {
                return;
            }
            List<ProtectorEntry> bound = over.stream()
                            .anyMatch(entry ->
                                    TemporaryProtectors.lifetime(entry, installed) == Lifetime.TEMPORARY_THEN_REBIND)
                    ? rebind(installed)
                    : List.of();
            for (ProtectorEntry entry : over) {
                file.remove(entry.id());
            }
            new KeyFileStore().replace(path, before, file.file());
            bound.forEach(entry -> output.println(ProtectorRebinding.boundLine(entry)));
            over.forEach(entry ->
                    output.println("Removed " + UnlockReport.name(entry) + " from " + path + ": its boot has come"));
        } catch (KeyFileException e) {
            warn(warnings, over, KeyFileFailures.of(path, e));
        } catch (IOException e) {
            warn(warnings, over, KeyFileFailures.of(path, e));
        } catch (ProtectorException e) {
            warn(warnings, over, KeyFileFailures.of(e));
        }
    }

    private List<ProtectorEntry> begun(Protectors installed) throws ProtectorException {
        List<ProtectorEntry> begun = new ArrayList<>();
        for (ProtectorEntry entry : TemporaryProtectors.of(before, installed)) {
            try {
                if (installed.byType(entry.type()).orElseThrow().hasBegun(entry.fields())) {
                    begun.add(entry);
                }
            } catch (MalformedFieldException e) {
                throw ProtectorException.malformed(e);
            }
        }
        return begun;
    }

    /** Binds all that need no person for it. */
    private List<ProtectorEntry> rebind(Protectors installed) throws KeyFileException, ProtectorException {
        List<ProtectorEntry> bound = new ArrayList<>();
        for (ProtectorEntry entry : ProtectorRebinding.withoutPerson(before, installed)) {
            Protector protector = installed.byType(entry.type()).orElseThrow();
            Optional<ProtectorException> failed = ProtectorRebinding.rebind(file, entry, protector, Prompter.nobody());
            if (failed.isPresent()) {
                throw failed.get();
            }
            bound.add(entry);
        }
        return bound;
    }

    private void warn(PrintStream warnings, List<ProtectorEntry> over, ToolFailure failure) {
        List<String> names = over.stream().map(UnlockReport::name).toList();
        warnings.println("warning: the directory is mounted, but the key file keeps " + String.join(", ", names)
                + " for this boot: " + UnlockReport.sentence(failure.getMessage())
                + UnlockReport.whatToDo("ecryptfs-key rebind " + path + ", then ecryptfs-key remove " + path
                        + " and the number of the protector"));
    }

    /** Wipes the file key. */
    @Override
    public void close() {
        file.close();
    }
}
