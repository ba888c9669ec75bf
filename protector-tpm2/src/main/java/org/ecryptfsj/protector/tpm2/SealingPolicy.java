package org.ecryptfsj.protector.tpm2;

import java.util.Collections;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.ecryptfsj.libcrypto.Digest;
import org.ecryptfsj.libcrypto.Sha256;

/**
 * What must be true for the TPM to unseal (docs/spec/tpm2.md, section 5).
 *
 * @param bank of the PCRs
 * @param pcrs the values that they must have, in lowercase hex digits, by number; empty if there is no condition on PCRs
 * @param pin whether a PIN must be given
 * @param signed PCRs that must have values that are signed
 * @param resets when it is possible, in resets of the TPM
 */
record SealingPolicy(
        PcrBank bank,
        SortedMap<Integer, String> pcrs,
        boolean pin,
        Optional<SignedPcrs> signed,
        Optional<ResetWindow> resets) {
    SealingPolicy {
        pcrs = Collections.unmodifiableSortedMap(new TreeMap<>(pcrs));
    }

    /** A policy of fixed values of PCRs. */
    static SealingPolicy ofPcrs(PcrBank bank, SortedMap<Integer, String> pcrs, boolean pin) {
        return new SealingPolicy(bank, pcrs, pin, Optional.empty(), Optional.empty());
    }

    /** The PCRs whose values are fixed. */
    PcrSelection selection() {
        return PcrSelection.of(bank, pcrs.keySet());
    }

    /** The SHA-256 of all fixed values, in the order of the PCRs. */
    byte[] pcrDigest() {
        return Digest.SHA256.of(HexFormat.of().parseHex(String.join("", pcrs.values())));
    }

    /**
     * The policy digest, computed as the TPM does (TPM 2.0 Library, part 3, TPM2_PolicyAuthorize, TPM2_PolicyPCR,
     * TPM2_PolicyCounterTimer and TPM2_PolicyAuthValue).
     */
    byte[] digest() {
        byte[] digest = new byte[Sha256.BYTES];
        if (signed.isPresent()) {
            byte[] named = Digest.SHA256.of(
                    digest,
                    code(TpmCommand.POLICY_AUTHORIZE),
                    signed.get().key().name());
            digest = Digest.SHA256.of(named);
        }
        if (!pcrs.isEmpty()) {
            digest = Digest.SHA256.of(
                    digest, code(TpmCommand.POLICY_PCR), selection().bytes(), pcrDigest());
        }
        if (resets.isPresent()) {
            for (ResetCondition condition : ResetCondition.of(resets.get())) {
                digest = Digest.SHA256.of(
                        digest, code(TpmCommand.POLICY_COUNTER_TIMER), Digest.SHA256.of(condition.arguments()));
            }
        }
        return pin ? Digest.SHA256.of(digest, code(TpmCommand.POLICY_AUTH_VALUE)) : digest;
    }

    private static byte[] code(TpmCommand command) {
        return new TpmWriter().u32(command.code()).bytes();
    }
}
