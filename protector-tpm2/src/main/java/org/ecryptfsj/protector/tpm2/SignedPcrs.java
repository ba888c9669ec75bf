package org.ecryptfsj.protector.tpm2;

import java.util.HexFormat;
import java.util.SortedMap;

/**
 * PCRs that may have any values that the owner of a key has signed.
 *
 * @param key of the owner
 * @param selection the PCRs, at least one
 */
record SignedPcrs(PcrSigningKey key, PcrSelection selection) {
    private static final int KEY_DIGITS = 8;

    SignedPcrs {
        if (selection.numbers().isEmpty()) {
            throw new IllegalArgumentException("signed PCRs without a PCR");
        }
    }

    /**
     * The policy that the PCRs have these values. Its digest is what is signed.
     *
     * @param values in lowercase hex digits, by number
     */
    SealingPolicy policy(SortedMap<Integer, String> values) {
        return SealingPolicy.ofPcrs(selection.bank(), values, false);
    }

    /** For people, such as {@code PCR 11 as signed by key 1f33292c}. */
    @Override
    public String toString() {
        return PcrSelection.names(selection.numbers()) + " as signed by key "
                + key.fingerprint().substring(0, KEY_DIGITS);
    }

    /**
     * What a signature allows, as a JSON file has it.
     *
     * @param policyDigest in lowercase hex digits
     */
    boolean allows(PcrSignature signature, byte[] policyDigest) {
        return signature.numbers().equals(selection.numbers())
                && signature.policyDigest().equals(HexFormat.of().formatHex(policyDigest))
                && key.hasSigned(policyDigest, signature.signature());
    }
}
