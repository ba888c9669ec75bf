package org.ecryptfsj.keyfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.ecryptfsj.keyfile.KeyFileException.Reason;
import org.ecryptfsj.keymodule.Secret;
import org.ecryptfsj.protector.MalformedFieldException;
import org.ecryptfsj.protector.Prompter;
import org.ecryptfsj.protector.Prompter.Question;
import org.ecryptfsj.protector.Protector;
import org.ecryptfsj.protector.Protector.Interaction;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorState;
import org.ecryptfsj.protector.Protectors;

/**
 * Unlocks key files: first by the protectors that ask nobody, in their order, then by those that ask a person, in theirs. Where
 * several take a passphrase or code, a person types one answer, and each of them tries it.
 */
public final class Unlocker {
    private final Protectors protectors;
    private final Prompter prompter;
    private final Consumer<UnlockFailure> failures;

    /**
     * @param protectors those that are installed; closed by the caller
     * @param prompter asks a person; {@link Prompter#nobody()} for the option {@code noask}
     * @param failures is told of each protector that fails, as soon as it does
     */
    public Unlocker(Protectors protectors, Prompter prompter, Consumer<UnlockFailure> failures) {
        this.protectors = protectors;
        this.prompter = prompter;
        this.failures = failures;
    }

    /**
     * An unlocked file.
     *
     * @param file owned by this
     * @param protector the one that gave the file key
     */
    public record Unlocked(UnlockedKeyFile file, ProtectorEntry protector) implements AutoCloseable {
        @Override
        public void close() {
            file.close();
        }
    }

    /** A protector of the file that is installed, and how it deals with people. */
    private record Candidate(ProtectorEntry entry, Protector protector, Interaction interaction) {}

    /**
     * Unlocks a file by any of its protectors.
     *
     * @return closed by the caller
     * @throws KeyFileException LOCKED if none gave the file key; the failures were told before
     */
    public Unlocked unlock(KeyFile file) throws KeyFileException {
        return unlock(file, file.protectors());
    }

    /**
     * Unlocks a file by one of its protectors.
     *
     * @param number of the protector
     * @return closed by the caller
     * @throws KeyFileException NO_SUCH_PROTECTOR; LOCKED if it did not give the file key
     */
    public Unlocked unlock(KeyFile file, int number) throws KeyFileException {
        return unlock(file, List.of(ProtectorEntry.require(file.protectors(), number)));
    }

    /**
     * Unlocks a file by any of its protectors of some types.
     *
     * @param types names of the types
     * @return closed by the caller
     * @throws KeyFileException NO_SUCH_PROTECTOR if it has none of these types; LOCKED if none gave the file key
     */
    public Unlocked unlock(KeyFile file, Set<String> types) throws KeyFileException {
        List<ProtectorEntry> chosen = file.protectors().stream()
                .filter(entry -> types.contains(entry.type()))
                .toList();
        if (chosen.isEmpty()) {
            throw new KeyFileException(
                    Reason.NO_SUCH_PROTECTOR,
                    "key file " + file.id() + " has no protector of type "
                            + types.stream().sorted().collect(Collectors.joining(" or ")),
                    "list the protectors with ecryptfs-key show");
        }
        return unlock(file, chosen);
    }

    /**
     * What a protector of a file says of itself; nothing is unlocked.
     *
     * @return unusable too if its type is not installed or its members are malformed
     */
    public ProtectorState state(KeyFile file, ProtectorEntry entry) {
        Optional<Protector> protector = protectors.byType(entry.type());
        if (protector.isEmpty()) {
            return ProtectorState.unusable("type " + entry.type(), notInstalled(entry));
        }
        try {
            return protector.get().state(entry.fields(), file.context());
        } catch (MalformedFieldException e) {
            return ProtectorState.unusable("type " + entry.type(), ProtectorException.malformed(e));
        } catch (RuntimeException e) {
            return ProtectorState.unusable("type " + entry.type(), defect(e));
        }
    }

    private Unlocked unlock(KeyFile file, List<ProtectorEntry> entries) throws KeyFileException {
        List<Candidate> candidates = candidates(entries);
        List<Candidate> silent = with(candidates, Interaction.NONE);
        for (Candidate candidate : silent) {
            Optional<Unlocked> unlocked = attempt(file, candidate, prompter, Optional.empty());
            if (unlocked.isPresent()) {
                return unlocked.get();
            }
        }
        Optional<Unlocked> unlocked = askAll(file, candidates);
        return unlocked.orElseThrow(() -> new KeyFileException(
                Reason.LOCKED,
                "key file " + file.id() + " stays locked: none of " + entries.size() + " protectors gave the file key",
                "see the reason of each protector above"));
    }

    private Optional<Unlocked> askAll(KeyFile file, List<Candidate> candidates) {
        List<Candidate> shared = with(candidates, Interaction.SHARED_ANSWER);
        boolean sharedAsked = false;
        for (Candidate candidate : candidates) {
            Optional<Unlocked> unlocked = Optional.empty();
            if (candidate.interaction() == Interaction.OWN_QUESTION) {
                unlocked = ask(file, List.of(candidate), false);
            } else if (candidate.interaction() == Interaction.SHARED_ANSWER && !sharedAsked) {
                sharedAsked = true;
                unlocked = ask(file, shared, shared.size() > 1);
            }
            if (unlocked.isPresent()) {
                return unlocked;
            }
        }
        return Optional.empty();
    }

    /** Asks as often as the prompter allows, as long as the answer is wrong. */
    private Optional<Unlocked> ask(KeyFile file, List<Candidate> asking, boolean once) {
        int attempts = Math.max(1, prompter.attempts());
        for (int attempt = 0; attempt < attempts; attempt++) {
            List<UnlockFailure> told = new ArrayList<>();
            Optional<Unlocked> unlocked =
                    once ? askOnce(file, asking, told) : attempt(file, asking.get(0), prompter, Optional.of(told));
            told.forEach(failures);
            boolean wrong = told.stream().anyMatch(f -> f.reason() == ProtectorException.Reason.WRONG_SECRET);
            if (unlocked.isPresent() || !wrong || Thread.currentThread().isInterrupted()) {
                return unlocked;
            }
        }
        return Optional.empty();
    }

    /** One answer for all. */
    private Optional<Unlocked> askOnce(KeyFile file, List<Candidate> asking, List<UnlockFailure> told) {
        try (Secret answer = prompter.ask(
                new Question("Passphrase or recovery code for " + file.context().label(), false))) {
            for (Candidate candidate : asking) {
                Optional<Unlocked> unlocked = attempt(file, candidate, giving(answer), Optional.of(told));
                if (unlocked.isPresent()) {
                    told.clear();
                    return unlocked;
                }
            }
        } catch (ProtectorException e) {
            asking.forEach(candidate -> told.add(failure(candidate.entry(), e)));
        }
        return Optional.empty();
    }

    /** @param told where the failure is put; without it, it is reported at once */
    private Optional<Unlocked> attempt(
            KeyFile file, Candidate candidate, Prompter asking, Optional<List<UnlockFailure>> told) {
        ProtectorException failed;
        try (Secret fileKey = candidate.protector().unprotect(candidate.entry().fields(), file.context(), asking)) {
            if (fileKey.size() != Protector.FILE_KEY_BYTES) {
                throw new ProtectorException(
                        ProtectorException.Reason.DAMAGED,
                        "its file key has " + fileKey.size() + " bytes, not " + Protector.FILE_KEY_BYTES,
                        "restore the key file from a backup");
            }
            return Optional.of(new Unlocked(file.unlock(fileKey), candidate.entry()));
        } catch (ProtectorException e) {
            failed = e;
        } catch (MalformedFieldException e) {
            failed = ProtectorException.malformed(e);
        } catch (KeyFileException e) {
            failed = new ProtectorException(ProtectorException.Reason.DAMAGED, e.getMessage(), e.advice(), e);
        } catch (RuntimeException e) {
            failed = defect(e);
        }
        UnlockFailure failure = failure(candidate.entry(), failed);
        told.ifPresentOrElse(list -> list.add(failure), () -> failures.accept(failure));
        return Optional.empty();
    }

    private List<Candidate> candidates(List<ProtectorEntry> entries) {
        List<Candidate> candidates = new ArrayList<>();
        for (ProtectorEntry entry : entries) {
            Optional<Protector> protector = protectors.byType(entry.type());
            if (protector.isEmpty()) {
                failures.accept(failure(entry, notInstalled(entry)));
                continue;
            }
            try {
                Interaction interaction = protector.get().interaction(entry.fields());
                candidates.add(new Candidate(entry, protector.get(), interaction));
            } catch (MalformedFieldException e) {
                failures.accept(failure(entry, ProtectorException.malformed(e)));
            }
        }
        return candidates;
    }

    private static List<Candidate> with(List<Candidate> candidates, Interaction interaction) {
        return candidates.stream().filter(c -> c.interaction() == interaction).toList();
    }

    private static Prompter giving(Secret answer) {
        return new Prompter() {
            @Override
            public int attempts() {
                return 1;
            }

            @Override
            public Secret ask(Question question) {
                return answer.copy();
            }
        };
    }

    private static UnlockFailure failure(ProtectorEntry entry, ProtectorException e) {
        return new UnlockFailure(entry, e.reason(), e.getMessage(), e.advice());
    }

    private static ProtectorException notInstalled(ProtectorEntry entry) {
        return new ProtectorException(
                ProtectorException.Reason.UNAVAILABLE,
                "protectors of type " + entry.type() + " are not installed",
                "install the package or the module that has them");
    }

    private static ProtectorException defect(RuntimeException e) {
        return new ProtectorException(ProtectorException.Reason.FAILED, "internal error: " + e, "", e);
    }
}
