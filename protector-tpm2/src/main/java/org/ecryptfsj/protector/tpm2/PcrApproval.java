package org.ecryptfsj.protector.tpm2;

/**
 * A signature that allows the present values of PCRs.
 *
 * @param key whose owner signed
 * @param approved the policy that the PCRs have these values
 * @param signature of its digest
 */
@SuppressWarnings("ArrayRecordComponent") // never written to
record PcrApproval(PcrSigningKey key, SealingPolicy approved, byte[] signature) {}
