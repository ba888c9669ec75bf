package org.ecryptfsj.protector.tpm2;

import java.util.Collection;
import java.util.Optional;
import org.ecryptfsj.protector.tpm2.eventlog.EventLog;

/**
 * Explains PCRs that have other values than when the file key was sealed.
 *
 * @param kept what the event log said then; empty if the key file does not have it
 * @param log the event log of this boot
 */
record PcrChanges(Optional<KeptEvents> kept, Source log) {
    /** Where the event log of this boot is read, when it is needed. */
    @FunctionalInterface
    interface Source {
        /** @return empty if there is none */
        Optional<EventLog> read() throws TpmException;
    }

    /** Such as {@code ; PCR 7: Secure Boot variable dbx changed}; empty if nothing is known. */
    String words(SealingPolicy policy, Collection<Integer> changed) throws TpmException {
        Optional<EventLog> now = kept.isPresent() ? log.read() : Optional.empty();
        StringBuilder words = new StringBuilder();
        for (int pcr : changed) {
            now.flatMap(present -> kept.get().change(pcr, policy, present))
                    .ifPresent(change ->
                            words.append("; PCR ").append(pcr).append(": ").append(change));
        }
        return words.toString();
    }
}
