package org.ecryptfsj.tools.doctor;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ecryptfsj.keyfile.KeyFile;
import org.ecryptfsj.keyfile.KeyFileException;
import org.ecryptfsj.keyfile.ProtectorEntry;
import org.ecryptfsj.keyfile.Unlocker;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.tools.keyfile.RecoveryWarning;
import org.ecryptfsj.tools.keyfile.TemporaryProtectors;
import org.ecryptfsj.tools.machine.Machine.Ownership;
import org.ecryptfsj.tree.UntrustedFileException;

/** Checks of key files and of their protectors. Nothing is unlocked. */
final class KeyFileChecks {
    private static final String FILE = "key-file";
    private static final String PROTECTOR = "key-protector";
    private static final int GROUP_AND_OTHERS = 077;
    private static final String REFUSED = "a mount with this key file is refused";

    private KeyFileChecks() {}

    /** Whether key files can be read by root only, and have a protector that a person holds. */
    static List<Finding> files(DiagnosticContext context) throws IOException {
        List<KnownKeyFile> files = context.keyFiles();
        if (files.isEmpty()) {
            return List.of(Finding.skipped(FILE, "there is no key file"));
        }
        List<Finding> findings = new ArrayList<>();
        for (KnownKeyFile file : files) {
            findings.addAll(assess(file));
        }
        return findings;
    }

    private static List<Finding> assess(KnownKeyFile known) throws IOException {
        KeyFile file;
        try {
            file = known.read();
        } catch (NoSuchFileException e) {
            return List.of(missing(known));
        } catch (UntrustedFileException e) {
            return List.of(Finding.problem(FILE, known.path() + " is not safe: " + e.reason(), REFUSED, e.advice()));
        } catch (KeyFileException e) {
            return List.of(
                    Finding.problem(FILE, known.path() + " cannot be used: " + e.getMessage(), REFUSED, e.advice()));
        } catch (IOException e) {
            return List.of(Finding.problem(
                    FILE,
                    known.path() + " cannot be read: " + e.getMessage(),
                    REFUSED,
                    "check the disk, or restore it from a backup"));
        }
        List<Finding> weaknesses = weaknesses(known, file);
        return weaknesses.isEmpty()
                ? List.of(Finding.ok(
                        FILE,
                        known.path() + " is for root only, and has "
                                + file.protectors().size()
                                + (file.protectors().size() == 1 ? " protector" : " protectors")))
                : weaknesses;
    }

    private static Finding missing(KnownKeyFile known) {
        return Finding.problem(
                FILE,
                known.path() + " does not exist"
                        + (known.namedIn().isEmpty()
                                ? ""
                                : ", but " + String.join(", ", known.namedIn()) + " names it"),
                "the mount fails; without the key file, the encrypted files cannot be read",
                "restore it from a backup, or correct the path");
    }

    private static List<Finding> weaknesses(KnownKeyFile known, KeyFile file) throws IOException {
        List<Finding> findings = new ArrayList<>();
        Optional<Ownership> ownership = known.machine().ownership(known.path());
        if (ownership.isPresent() && (ownership.get().mode() & GROUP_AND_OTHERS) != 0) {
            findings.add(Finding.warning(
                    FILE,
                    "others may read " + known.path() + " (mode "
                            + ownership.get().octal() + ")",
                    "a user who copies it can guess a passphrase on another machine",
                    "chmod 600 " + known.path()));
        }
        if (RecoveryWarning.isNeeded(file.protectors())) {
            findings.add(Finding.warning(
                    FILE,
                    known.path() + " has no recovery code and no passphrase",
                    "if its other protectors fail, the data is lost",
                    "ecryptfs-key add " + known.path() + " --recovery"));
        }
        return findings;
    }

    /** What each protector says of itself. */
    static List<Finding> protectors(DiagnosticContext context) throws IOException {
        Unlocker unlocker = new Unlocker(context.protectors(), Prompter.nobody(), failure -> {});
        List<Finding> findings = new ArrayList<>();
        for (KnownKeyFile known : context.keyFiles()) {
            try {
                KeyFile file = known.read();
                file.protectors().forEach(entry -> findings.add(state(context, known, entry, unlocker, file)));
            } catch (KeyFileException | IOException e) {
                findings.add(Finding.skipped(PROTECTOR, known.path() + " cannot be used"));
            }
        }
        return findings.isEmpty() ? List.of(Finding.skipped(PROTECTOR, "there is no key file")) : findings;
    }

    private static Finding state(
            DiagnosticContext context, KnownKeyFile known, ProtectorEntry entry, Unlocker unlocker, KeyFile file) {
        String of = entry + " of " + known.path();
        if (entry.type().equals(KnownKeyFile.TPM) && !context.hasWorkingTpm()) {
            return Finding.skipped(PROTECTOR, of + ": the TPM does not work");
        }
        if (TemporaryProtectors.of(file, context.protectors()).contains(entry)) {
            return Finding.warning(
                    PROTECTOR,
                    of + " opens it in other boots, whatever is booted",
                    "until then, a person who has this machine and its disk can open the directory",
                    "if no update is planned: ecryptfs-key remove " + known.path() + " " + entry.id());
        }
        ProtectorState state = unlocker.state(file, entry);
        return state.obstacle()
                .map(why -> Finding.problem(
                        PROTECTOR,
                        of + " cannot be used now: " + why.message(),
                        "it needs " + state.binding(),
                        why.advice()))
                .orElseGet(() -> Finding.ok(PROTECTOR, of + " has no known obstacle: " + state.binding()));
    }
}
