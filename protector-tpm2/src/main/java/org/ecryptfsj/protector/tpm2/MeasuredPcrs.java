package org.ecryptfsj.protector.tpm2;

import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import org.ecryptfsj.protector.ProtectorException;
import org.ecryptfsj.protector.ProtectorException.Reason;

/** PCRs as conditions: which values can be relied on, and which differ. */
final class MeasuredPcrs {
    private MeasuredPcrs() {}

    /**
     * The present values of PCRs, for something that is bound to them.
     *
     * @throws ProtectorException BAD_PARAMETER if the TPM has not all of them, or nothing was measured into one since the start
     */
    static SortedMap<Integer, String> toBindTo(Tpm tpm, PcrSelection selection)
            throws TpmException, ProtectorException {
        requireAllocated(tpm, selection);
        SortedMap<Integer, String> values = tpm.readPcrs(selection);
        List<Integer> unused = values.keySet().stream()
                .filter(number -> values.get(number).matches("0*|f*"))
                .toList();
        if (!unused.isEmpty()) {
            throw new ProtectorException(
                    Reason.BAD_PARAMETER,
                    PcrSelection.names(unused) + " of bank " + selection.bank().title()
                            + (unused.size() == 1 ? " has" : " have")
                            + " the value of the start: nothing was measured, so other software has the same value",
                    "Leave it out, or take a PCR that the firmware or the boot loader uses, such as 7.");
        }
        return values;
    }

    /**
     * Checks that the TPM has PCRs.
     *
     * @throws ProtectorException BAD_PARAMETER if not
     */
    static void requireAllocated(Tpm tpm, PcrSelection selection) throws TpmException, ProtectorException {
        SortedSet<Integer> missing = new TreeSet<>(selection.numbers());
        if (!missing.isEmpty()) {
            missing.removeAll(tpm.allocatedPcrs(selection.bank()));
        }
        if (!missing.isEmpty()) {
            throw new ProtectorException(
                    Reason.BAD_PARAMETER,
                    "the TPM has no " + PcrSelection.names(missing) + " in its bank "
                            + selection.bank().title(),
                    "Give another bank with tpm2_bank=, or allocate this one in the firmware setup.");
        }
    }

    /**
     * The failure if PCRs have other values than those of a policy.
     *
     * @param changes explains them
     * @throws ProtectorException STATE_CHANGED, with the PCRs
     */
    static void require(SealingPolicy policy, SortedMap<Integer, String> now, PcrChanges changes)
            throws TpmException, ProtectorException {
        List<Integer> changed = policy.pcrs().keySet().stream()
                .filter(number -> !Objects.equals(policy.pcrs().get(number), now.get(number)))
                .toList();
        if (!changed.isEmpty()) {
            throw stateChanged(
                    changed,
                    PcrSelection.names(changed) + (changed.size() == 1 ? " has" : " have")
                            + " another value than when the file key was sealed by the TPM 2.0"
                            + changes.words(policy, changed));
        }
    }

    /** The TPM refused because of a PCR that changed between the reading and the unsealing. */
    static ProtectorException changedMeanwhile() {
        return stateChanged(List.of(), "a PCR changed while the file key was unsealed by the TPM 2.0");
    }

    private static ProtectorException stateChanged(List<Integer> changed, String message) {
        return ProtectorException.stateChanged(
                changed,
                message,
                "Boot the trusted configuration; or unlock with another protector, and run ecryptfs-key rebind.");
    }
}
