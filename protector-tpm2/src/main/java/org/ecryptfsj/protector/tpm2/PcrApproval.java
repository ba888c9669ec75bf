package org.ecryptfsj.protector.tpm2;

import java.util.SortedMap;

/**
 * A signature that allows the present values of PCRs.
 *
 * @param signed the PCRs, and the key
 * @param values that are allowed, in lowercase hex digits, by number
 * @param signature of the policy digest of these values
 */
@SuppressWarnings("ArrayRecordComponent") // never written to
record PcrApproval(SignedPcrs signed, SortedMap<Integer, String> values, byte[] signature) {
    /** The policy that is allowed: that the PCRs have these values. */
    SealingPolicy approved() {
        return SealingPolicy.ofPcrs(signed.selection().bank(), values, false);
    }
}
